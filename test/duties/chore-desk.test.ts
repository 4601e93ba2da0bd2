import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Chore } from '../../machines/protocol/chore.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { refused, type Outcome } from '../../machines/protocol/outcome.ts';
import { decodeCommand } from '../../runtime/command-codec.ts';
import { choreDesk } from '../../runtime/duties/chore-desk.ts';
import type { ChoreRequest } from '../../runtime/service.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { term } from './surroundings.ts';

function open() {
  const asked: { request: ChoreRequest; end: (outcome: Outcome) => void }[] = [];
  const desk = choreDesk({
    clock: virtualClock(),
    propose: (request, { ended }) => void asked.push({ request, end: ended }),
  });
  return { desk, asked };
}

const hear = (data: unknown): Chore => ({
  type: 'hear',
  machine: 'order',
  key: '42',
  effect: '7.0',
  term,
  word: 1,
  said: { to: 'itself', event: { type: 'xstate.promise.resolve', data } as { type: string } },
});

test('a chore is proposed under an id of its own, and reads as it was written', () => {
  const { desk, asked } = open();
  const chore = hear({ at: new Date(0), tags: new Set(['a']) });
  desk.put(chore, () => {});
  desk.put(chore, () => {});
  const [first, second] = asked.map(({ request }) => request);
  assert.ok(first && second);
  assert.notEqual(first.proposalId, second.proposalId);
  const { proposalId } = first;
  assert.deepEqual(decodeCommand(first.payload), { proposalId, chore });
});

test('it is in the log where it is committed, and nowhere else that is certain', () => {
  const { desk, asked } = open();
  const told: boolean[] = [];
  const ends: readonly Outcome[] = [
    {
      end: 'committed',
      index: 9 as never,
      term,
      accepted: false,
      view: null,
      emitted: [],
    },
    refused('no-leader', 'nobody leads'),
    { end: 'unknown', message: 'who knows' },
  ];
  for (const end of ends) {
    desk.put(hear(1), (isInLog) => void told.push(isInLog));
    asked.at(-1)?.end(end);
  }
  assert.deepEqual(told, [true, false, false]);
});

test('what is no data, or more than an entry holds, is not proposed at all', () => {
  const { desk, asked } = open();
  assert.throws(() =>
    desk.put(
      hear(() => {}),
      () => {},
    ),
  );
  assert.throws(() => desk.put(hear(Promise.resolve()), () => {}));
  assert.throws(() => desk.put(hear('x'.repeat(limits.entryBytesMax)), () => {}), /bytes/);
  assert.equal(asked.length, 0);
  desk.put(hear('x'.repeat(limits.entryBytesMax - 1_000)), () => {});
  assert.equal(asked.length, 1);
});
