import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'vitest';
import type { MessageSocket } from '../../runtime/message-socket.ts';
import { ViewerOutbox, viewerLimits } from '../../runtime/inspector/viewer-outbox.ts';

/** A socket whose other end reads when it is told to. */
class SlowSocket extends EventEmitter implements MessageSocket {
  readonly OPEN = 1;
  readonly CLOSED = 3;
  readyState = 1;
  bufferedAmount = 0;
  readonly frames: string[] = [];
  closed: Readonly<{ code: number | undefined; reason: string | undefined }> | null = null;
  #left: (() => void)[] = [];

  send(data: string | Uint8Array, left?: () => void): void {
    this.frames.push(String(data));
    this.bufferedAmount += data.length;
    if (left !== undefined) this.#left.push(left);
  }
  read(): void {
    this.bufferedAmount = 0;
    for (const left of this.#left.splice(0)) left();
  }
  ping(): void {}
  close(code?: number, reason?: string): void {
    this.closed = { code, reason };
    this.readyState = 3;
  }
  terminate(): void {
    this.readyState = 3;
  }
}

function opened() {
  const socket = new SlowSocket();
  const world = { nowMs: 0, dropped: [] as number[], turns: [] as (() => void)[] };
  const clock = {
    nowMs: () => world.nowMs,
    wallMs: () => world.nowMs,
    setTimeout: () => null,
    clearTimeout: () => {},
    soon: (run: () => void) => void world.turns.push(run),
    seed: () => 1,
    newProposalId: () => 'p' as never,
  };
  const outbox = new ViewerOutbox({
    webSocket: socket,
    socket: { cork: () => {}, uncork: () => {} },
    clock,
    limits: { ...viewerLimits, viewerBacklogBytesMax: 100, viewerBacklogBytesHardMax: 400 },
    caughtUp: (dropped) => world.dropped.push(dropped),
  });
  const turn = (): void => world.turns.splice(0).forEach((run) => run());
  return { socket, world, outbox, turn };
}

const message = (chars: number): string => JSON.stringify('x'.repeat(chars - 2));

test('what is said in one turn leaves as one frame', () => {
  const { socket, outbox, turn } = opened();
  outbox.push('1');
  outbox.offer(() => '2');
  turn();
  assert.deepEqual(socket.frames, ['[1,2]']);
});

test('who reads too slowly misses what can be left out, and learns how much that was', () => {
  const { socket, world, outbox, turn } = opened();
  outbox.offer(() => message(60));
  outbox.offer(() => message(60));
  let wasMade = false;
  const costly = (): string => {
    wasMade = true;
    return '0';
  };
  outbox.offer(costly);
  outbox.offer(costly);
  turn();
  assert.equal(wasMade, false, 'what is left out is not even put into words');
  assert.equal(socket.frames.length, 1);
  // Answers still come.
  outbox.push('"answer"');
  turn();
  assert.equal(socket.frames.at(-1), '"answer"');
  socket.read();
  assert.deepEqual(world.dropped, [2]);
  outbox.offer(() => '3');
  turn();
  assert.equal(socket.frames.at(-1), '3');
});

test('who stays behind is sent away, and nobody waits for it', () => {
  const { socket, world, outbox, turn } = opened();
  outbox.offer(() => message(120));
  turn();
  outbox.offer(() => '0');
  world.nowMs = viewerLimits.viewerBehindMsMax + 1;
  outbox.offer(() => '0');
  assert.deepEqual(socket.closed, {
    code: 1013,
    reason: 'the inspector is not being read fast enough: 2 messages were left out',
  });
  assert.equal(outbox.isOpen, false);
});

test('who lets answers pile up is sent away at once', () => {
  const { socket, outbox } = opened();
  for (let nth = 0; nth < 5; nth += 1) outbox.push(message(90));
  assert.equal(socket.closed?.code, 1013);
});
