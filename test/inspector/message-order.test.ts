import assert from 'node:assert/strict';
import { test } from 'vitest';
import { inOrder } from '../../runtime/inspector/message-order.ts';
import type { MessageRecord } from '../../runtime/inspector/question-protocol.ts';

const record = (
  way: MessageRecord['way'],
  [from = '', to = '']: readonly string[],
  kind: string,
  atMs: number,
): MessageRecord => ({ way, from, to, kind, what: '', atMs });

test('nothing is received before it is sent, whatever the clocks say', () => {
  // b's clock is far behind, and a's own order is what tells.
  const messages = inOrder([
    record('sent', ['a', 'b'], 'append', 1_000),
    record('heard', ['b', 'a'], 'appendAccepted', 1_010),
    record('sent', ['a', 'b'], 'commit', 1_011),
    record('heard', ['a', 'b'], 'append', 5),
    record('sent', ['b', 'a'], 'appendAccepted', 6),
    record('heard', ['a', 'b'], 'commit', 7),
  ]);
  assert.deepEqual(
    messages.map(({ kind, sentMs, receivedMs }) => [kind, sentMs, receivedMs]),
    [
      ['append', 1_000, 5],
      ['appendAccepted', 6, 1_010],
      ['commit', 1_011, 7],
    ],
  );
});

test('what only one of them remembers stands there with one time', () => {
  const messages = inOrder([
    record('sent', ['a', 'b'], 'append', 1),
    record('sent', ['a', 'c'], 'append', 2),
    record('heard', ['c', 'a'], 'appendAccepted', 3),
  ]);
  assert.deepEqual(
    messages.map(({ to, kind, sentMs, receivedMs }) => [to, kind, sentMs, receivedMs]),
    [
      ['b', 'append', 1, null],
      ['c', 'append', 2, null],
      ['a', 'appendAccepted', null, 3],
    ],
  );
});

test('memories that contradict each other end in some order all the same', () => {
  const messages = inOrder([
    record('heard', ['b', 'a'], 'y', 1),
    record('sent', ['a', 'b'], 'x', 2),
    record('heard', ['a', 'b'], 'x', 1),
    record('sent', ['b', 'a'], 'y', 2),
  ]);
  assert.equal(messages.length, 2);
});
