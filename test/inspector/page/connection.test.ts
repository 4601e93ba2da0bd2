import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, fromCallback, SimulatedClock } from 'xstate';
import { connectionMachine } from '../../../runtime/inspector/page/connection/connection-machine.ts';
import { feedVersion } from '../../../runtime/inspector/protocol.ts';

function connection() {
  const clock = new SimulatedClock();
  let opened = 0;
  let isOpen = false;
  const machine = connectionMachine.provide({
    actors: {
      socket: fromCallback(() => {
        opened += 1;
        isOpen = true;
        return () => (isOpen = false);
      }),
    },
  });
  const actor = createActor(machine, { clock }).start();
  return {
    actor,
    clock,
    sockets: () => opened,
    isOpen: () => isOpen,
    lose: () => actor.send({ type: 'socket.closed', reason: 'gone' }),
    welcome: (version: number = feedVersion) => actor.send({ type: 'node.welcomed', version }),
  };
}

test('a welcome makes it live', () => {
  const { actor, welcome } = connection();
  assert.ok(actor.getSnapshot().matches({ up: 'connecting' }));
  welcome();
  assert.ok(actor.getSnapshot().matches({ up: 'live' }));
});

test('a lost connection is made again, later each time, and soon again once it was live', () => {
  const { actor, clock, sockets, lose, welcome } = connection();
  const waits: number[] = [];
  for (let nth = 0; nth < 6; nth += 1) {
    lose();
    assert.equal(actor.getSnapshot().context.reason, 'gone');
    let waitedMs = 0;
    for (const before = sockets(); sockets() === before; waitedMs += 250) clock.increment(250);
    waits.push(waitedMs);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  welcome();
  lose();
  const before = sockets();
  clock.increment(500);
  assert.equal(sockets(), before + 1);
});

test('the reader need not wait', () => {
  const { actor, sockets, lose } = connection();
  lose();
  actor.send({ type: 'reader.retries' });
  assert.equal(sockets(), 2);
});

test('a node that says nothing is given up, and its socket closed', () => {
  const { actor, clock, isOpen } = connection();
  clock.increment(8_000);
  assert.ok(actor.getSnapshot().matches('lost'));
  assert.equal(isOpen(), false);
  assert.equal(actor.getSnapshot().context.reason, 'it does not answer');
});

test('a node of another version is not listened to', () => {
  const { actor, isOpen, welcome } = connection();
  welcome(feedVersion + 1);
  assert.ok(actor.getSnapshot().matches('unfit'));
  assert.equal(isOpen(), false);
});
