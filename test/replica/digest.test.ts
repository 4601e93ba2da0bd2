import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { assign, setup } from 'xstate';
import type { Entry, MachineEvent } from '../../machines/protocol/entry.ts';
import { proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Checkpoint } from '../../machines/protocol/messages.ts';
import { rowOf } from '../../machines/replica/digest.ts';
import { createReplica } from '../../machines/replica/replica.ts';

const counterOf = (bias: number) =>
  setup({
    types: { context: {} as { count: number }, events: {} as { type: 'ADD' | 'WAIT' } },
  }).createMachine({
    context: { count: 0 },
    initial: 'open',
    states: {
      open: {
        on: {
          WAIT: 'waiting',
          ADD: { actions: assign({ count: ({ context }) => context.count + 1 + bias }) },
        },
      },
      waiting: { after: { 1000: 'open' } },
    },
  });

type Step = Readonly<{ key: string; type: 'ADD' | 'WAIT' | 'NONE'; timeMs?: number }>;

/** A replica that was fed so much, and its checkpoints. */
function fed(steps: readonly Step[], { bias = 0, ...bounds }: FedOptions = {}) {
  const replica = createReplica({ machines: { counter: counterOf(bias) }, limits: bounds });
  const checkpoints: Checkpoint[] = [];
  replica.digest.watch((checkpoint) => void checkpoints.push(checkpoint));
  let index = 0;
  const apply = (machine: string, key: string, event: MachineEvent, timeMs = 0): void => {
    index += 1;
    const payload = new Uint8Array();
    const base = { index: toIndex(index), term: toTerm(1), seed: 0, timeMs, payload };
    const entry: Entry = { ...base, kind: 'command' };
    const since = toIndex(index - 1);
    replica.apply(entry, { proposalId: proposalId(`p${index}`), machine, key, event, since });
  };
  apply('lifecycle', 'cluster', { type: 'RUN' });
  for (const { key, type, timeMs } of steps) apply('counter', key, { type }, timeMs);
  return { replica, checkpoints };
}
type FedOptions = Readonly<{ bias?: number; checkpointEntries?: number; checkpointMs?: number }>;

const adds = (...keys: readonly string[]): Step[] => keys.map((key) => ({ key, type: 'ADD' }));

test('what is taken at a place depends on the states there, not on what was taken before', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    type: fc.constantFrom('ADD', 'WAIT', 'NONE'),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
      (steps, often, seldom) => {
        const one = fed(steps, { checkpointEntries: often }).replica.digest.checkpoint();
        const other = fed(steps, { checkpointEntries: seldom }).replica.digest.checkpoint();
        assert.deepEqual(one, other);
      },
    ),
    { numRuns: 200 },
  );
});

test('any difference between two instances, or in how many there are, is one between digests', () => {
  const digestAfter = (...steps: readonly Step[]): string =>
    fed(steps).replica.digest.checkpoint().digest;
  const all = [
    digestAfter(),
    digestAfter(...adds('a')),
    digestAfter(...adds('b')),
    digestAfter(...adds('a', 'a')),
    digestAfter(...adds('a', 'b')),
    digestAfter(...adds('a', 'a', 'b')),
    digestAfter({ key: 'a', type: 'NONE' }),
    digestAfter({ key: 'a', type: 'WAIT' }),
    digestAfter({ key: 'a', type: 'WAIT', timeMs: 5 }),
  ];
  assert.equal(new Set(all).size, all.length);
});

test('a checkpoint is at every so many entries, at the same places on every node', () => {
  const keys = Array.from({ length: 3 * limits.checkpointEntries }, (_, nth) => `k${nth % 5}`);
  const places = fed(adds(...keys)).checkpoints.map(({ index }) => Number(index));
  assert.deepEqual(
    places,
    [1, 2, 3].map((nth) => nth * limits.checkpointEntries),
  );
});

test('and wherever a second of the cluster has passed', () => {
  const at = (timeMs: number): Step => ({ key: 'a', type: 'ADD', timeMs });
  const { checkpoints } = fed([at(10), at(999), at(1_000), at(1_999), at(5_000), at(5_001)]);
  assert.deepEqual(
    checkpoints.map(({ index }) => Number(index)),
    [4, 6],
  );
});

test('an entry that is no event is a place like any other', () => {
  const { replica, checkpoints } = fed([], { checkpointEntries: 2 });
  const base = { term: toTerm(1), seed: 0, timeMs: 0, payload: new Uint8Array() };
  replica.skip({ ...base, index: toIndex(2), kind: 'noop' });
  const chore = { type: 'tick', node: 'a', term: toTerm(1), wallMs: 0 } as never;
  replica.attend({ ...base, index: toIndex(3), kind: 'command' }, chore);
  replica.attend({ ...base, index: toIndex(4), kind: 'command' }, chore);
  assert.deepEqual(
    checkpoints.map(({ index }) => Number(index)),
    [2, 4],
  );
});

test('asked for twice at one place, a checkpoint is told of once', () => {
  const { replica, checkpoints } = fed(adds('a'));
  assert.deepEqual(replica.digest.checkpoint(), replica.digest.checkpoint());
  assert.deepEqual(checkpoints, [replica.digest.latest]);
});

test('a difference that was and is no more has left nothing behind', () => {
  const { replica } = fed(adds('a'), { bias: 1 });
  const { replica: honest } = fed([...adds('a'), ...adds('a')]);
  const [one, other] = [replica.instance('counter', 'a'), honest.instance('counter', 'a')];
  assert.deepEqual(one?.view, other?.view);
  // The same state, by another entry.
  assert.notEqual(replica.digest.checkpoint().digest, honest.digest.checkpoint().digest);
});

test('instances are listed in the order of their beginnings, each as it was last looked at', () => {
  const { replica } = fed(adds('a', 'b', 'a', 'c'));
  const { digest } = replica;
  digest.checkpoint();
  const names = (after: number, from = 0, max = 10) => {
    const { rows, next } = digest.rows(toIndex(after), from, max);
    return [rows.map(({ key, index }) => `${key} ${index}`), next];
  };
  assert.deepEqual(names(0), [['cluster 1', 'a 4', 'b 3', 'c 5'], null]);
  assert.deepEqual(names(3), [['a 4', 'c 5'], null]);
  assert.deepEqual(names(0, 0, 2), [['cluster 1', 'a 4'], 2]);
  assert.deepEqual(names(0, 2, 2), [['b 3', 'c 5'], null]);
  assert.deepEqual(
    rowOf(replica.instance('counter', 'a') ?? assert.fail()),
    digest.rows(toIndex(0), 1, 1).rows[0],
  );
});

test('a place where another node took one is not passed by, if it is still to come', () => {
  const { replica, checkpoints } = fed(adds('a'));
  for (const index of [1, 2, 4]) replica.digest.takeAt(toIndex(index));
  for (let index = 3; index <= 5; index += 1) {
    const base = { term: toTerm(1), seed: 0, timeMs: 0, payload: new Uint8Array() };
    replica.skip({ ...base, index: toIndex(index), kind: 'noop' });
  }
  assert.deepEqual(
    checkpoints.map(({ index }) => Number(index)),
    [4],
  );
});

test('of places that are to come, the last few are remembered', () => {
  const { replica, checkpoints } = fed([]);
  for (let index = 2; index <= 101; index += 1) replica.digest.takeAt(toIndex(index));
  for (let index = 2; index <= 101; index += 1) {
    const base = { term: toTerm(1), seed: 0, timeMs: 0, payload: new Uint8Array() };
    replica.skip({ ...base, index: toIndex(index), kind: 'noop' });
  }
  assert.equal(checkpoints[0]?.index, 38);
  assert.equal(checkpoints.length, 64);
});
