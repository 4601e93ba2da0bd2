import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'vitest';
import { WebSocket } from 'ws';
import { realClock } from '../../runtime/clock.ts';
import { doorLimits } from '../../runtime/gateway/door-limits.ts';
import { Outbox } from '../../runtime/gateway/outbox.ts';

/** An outbox over a WebSocket that writes down what reaches its socket, write by write. */
function outboxOver(soon: (run: () => void) => void) {
  const writes: number[] = [];
  const socket = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, done) => {
      writes.push(1);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.length);
      done();
    },
  });
  const sent: string[] = [];
  const webSocket = {
    OPEN: WebSocket.OPEN,
    readyState: WebSocket.OPEN as number,
    bufferedAmount: 0,
    send: (frame: string, written?: () => void) => {
      sent.push(frame);
      socket.write('head');
      socket.write(frame, () => written?.());
    },
    close: () => {},
  };
  let turnsWritten = 0;
  const outbox = new Outbox({
    webSocket: webSocket as unknown as WebSocket,
    socket,
    clock: { ...realClock, soon },
    limits: doorLimits,
    written: () => (turnsWritten += 1),
  });
  return { outbox, webSocket, sent, writes, turnsWritten: () => turnsWritten };
}

test('the answers of one turn are one write, and are told of once when they have left', () => {
  const turns: (() => void)[] = [];
  const { outbox, sent, writes, turnsWritten } = outboxOver((run) => turns.push(run));
  for (const answer of ['1', '2', '3']) outbox.push(answer);
  assert.equal(turns.length, 1);
  assert.deepEqual([sent, writes], [[], []]);
  assert.equal(outbox.backlogBytes, 3);
  turns.shift()?.();
  assert.deepEqual(sent, ['1', '2', '3']);
  assert.deepEqual(writes, [6]);
  assert.equal(outbox.backlogBytes, 0);
  setImmediate(() => assert.equal(turnsWritten(), 1));
});

test('an answer after the connection is closed goes nowhere', () => {
  const turns: (() => void)[] = [];
  const { outbox, webSocket, sent } = outboxOver((run) => turns.push(run));
  outbox.push('1');
  webSocket.readyState = WebSocket.CLOSING;
  turns.shift()?.();
  assert.deepEqual(sent, []);
  outbox.close(1001, 'bye');
  outbox.push('2');
  assert.equal(turns.length, 0);
});
