import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, setup } from 'xstate';
import type { Entry } from '../../../machines/protocol/entry.ts';
import { indexZero, proposalId, type ProposalId } from '../../../machines/protocol/ids.ts';
import { createReplica } from '../../../machines/replica/replica.ts';
import { applier } from '../../../runtime/applier.ts';
import { encodeCommand } from '../../../runtime/command-codec.ts';
import type { AppliedEvent } from '../../../runtime/service.ts';
import { entry } from '../../rules/logs.ts';

const counter = setup({ types: { context: {} as { sum: number } } }).createMachine({
  context: { sum: 0 },
  on: {
    ADD: { actions: assign({ sum: ({ context }) => context.sum + 1 }) },
    BREAK: {
      actions: assign(() => {
        throw new Error('boom');
      }),
    },
  },
});

function applierOf(isAwaited: (id: ProposalId) => boolean = () => true) {
  const replica = createReplica({ machines: { counter } });
  const seen: AppliedEvent[] = [];
  const warned: string[] = [];
  const errors: string[] = [];
  const quiet = (): void => {};
  const apply = applier({
    replica,
    logger: {
      debug: quiet,
      info: quiet,
      error: (_, message) => void errors.push(message),
      warn: (_, message) => void warned.push(message),
    },
    isAwaited,
    seen: (event) => void seen.push(event),
    upgraded: quiet,
  });
  return { replica, seen, warned, errors, apply };
}

const command = (index: number, id = `p${index}`, machine = 'counter', type = 'ADD'): Entry =>
  entry(index, 1, {
    payload: encodeCommand({
      proposalId: proposalId(id),
      machine,
      key: machine === 'lifecycle' ? 'cluster' : '1',
      event: { type },
      since: indexZero,
    }),
  });
const run = command(1, 'run', 'lifecycle', 'RUN');
const adds = (count: number, from = 2): Entry[] =>
  Array.from({ length: count }, (_, nth) => command(from + nth));

test('a long log is applied a bounded number at a time, each entry once and in its order', () => {
  const { apply, replica, seen } = applierOf();
  apply.add([run, ...adds(2_999)]);
  apply.add(adds(2_000, 3_001));
  assert.equal(apply.isIdle(), false);
  const turns: number[] = [];
  while (!apply.isIdle()) {
    const before = Number(replica.appliedIndex);
    apply.step();
    turns.push(replica.appliedIndex - before);
  }
  assert.equal(replica.appliedIndex, 5_000);
  assert.ok(turns.length > 2 && Math.max(...turns) < 3_000, `turns of ${turns.join(', ')}`);
  assert.deepEqual(
    seen.map(({ index }) => Number(index)),
    Array.from({ length: 5_000 }, (_, nth) => nth + 1),
  );
  assert.deepEqual(apply.step(), [], 'and then there is nothing to do');
});

test('more may come while it is at it, also in the middle of a batch', () => {
  const { apply, replica } = applierOf();
  apply.add([run, ...adds(2_999)]);
  apply.step();
  apply.add(adds(10, 3_001));
  assert.equal(apply.isIdle(), false);
  while (!apply.isIdle()) apply.step();
  assert.equal(replica.appliedIndex, 3_010);
});

test('only the ends that somebody here waits for come back', () => {
  const { apply } = applierOf((id) => id === 'p3');
  apply.add([run, ...adds(3)]);
  const ends = apply.step();
  assert.deepEqual(
    ends.map((one) => [one.proposalId, one.outcome.end]),
    [['p3', 'committed']],
  );
});

test('a repetition changes nothing, is seen by no watcher, and ends as it did at first', () => {
  const { apply, replica, seen } = applierOf();
  apply.add([run, command(2, 'same'), command(3, 'same')]);
  const [, first, again] = apply.step();
  assert.deepEqual(first?.outcome, again?.outcome);
  assert.deepEqual(
    seen.map(({ index }) => Number(index)),
    [1, 2],
  );
  const reading = replica.read('counter', '1');
  assert.ok(reading !== 'unknown-machine');
  assert.deepEqual(reading.view?.context, { sum: 1 });
});

test('a leader’s first entry is passed over, and counts as applied', () => {
  const { apply, replica, seen } = applierOf();
  apply.add([entry(1, 1, { kind: 'noop' })]);
  assert.deepEqual(apply.step(), []);
  assert.equal(replica.appliedIndex, 1);
  assert.deepEqual(seen, []);
});

test('an entry that holds no command is passed over, with a loud word', () => {
  const { apply, replica, errors } = applierOf();
  apply.add([run, entry(2, 1, { payload: new Uint8Array([0xc1]) }), command(3)]);
  assert.equal(apply.step().length, 2);
  assert.equal(replica.appliedIndex, 3);
  assert.equal(errors.length, 1);
});

test('what a machine throws is an end like any other, and is written down once', () => {
  const { apply, seen, warned } = applierOf();
  apply.add([run, command(2, 'bad', 'counter', 'BREAK'), command(3)]);
  const ends = apply.step().map(({ outcome }) => outcome.end);
  assert.deepEqual(ends, ['committed', 'refused', 'committed']);
  assert.equal(warned.length, 1);
  assert.deepEqual(
    seen.map(({ index }) => Number(index)),
    [1, 3],
    'no watcher sees what changed nothing',
  );
});
