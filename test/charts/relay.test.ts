import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { limits } from '../../machines/protocol/limits.ts';
import { relayMachine, type RelayEvent } from '../../machines/relay.ts';

const { peerBackOffMsMax, peerDialPatienceMs, peerPingIntervalMs, peerPingPatienceMs } = limits;

function begun() {
  const clock = new SimulatedClock();
  const asked: string[] = [];
  const note = (what: string) => () => void asked.push(what);
  const actor = createActor(
    relayMachine.provide({
      actions: {
        dial: note('dial'),
        ping: note('ping'),
        hangUp: note('hangUp'),
        tellLost: note('tellLost'),
      },
    }),
    { clock },
  );
  actor.start();
  return {
    clock,
    /** What was asked for since the last time. */
    asked: () => asked.splice(0),
    hear: (event: RelayEvent) => actor.send(event),
    value: () => actor.getSnapshot().value,
    trouble: () => actor.getSnapshot().context.trouble,
  };
}

function opened() {
  const relay = begun();
  relay.hear({ type: 'viewers.came' });
  relay.hear({ type: 'socket.welcomed' });
  relay.asked();
  return relay;
}

describe('a relay', () => {
  test('does nothing while nobody looks', () => {
    const { clock, asked, hear, value } = begun();
    clock.increment(60_000);
    hear({ type: 'viewers.left' });
    assert.deepEqual([value(), asked()], ['idle', []]);
  });

  test('dials as soon as somebody looks, and hangs up when nobody does', () => {
    const { asked, hear, value } = begun();
    hear({ type: 'viewers.came' });
    hear({ type: 'viewers.came' });
    assert.deepEqual([value(), asked()], ['dialing', ['dial']]);
    hear({ type: 'socket.welcomed' });
    assert.deepEqual(value(), { open: 'heard' });
    hear({ type: 'viewers.left' });
    assert.deepEqual([value(), asked()], ['idle', ['tellLost', 'hangUp']]);
  });

  test('who does not take the call is called again, ever later, and the reason is told', () => {
    const { clock, asked, hear, value, trouble } = begun();
    hear({ type: 'viewers.came' });
    clock.increment(peerDialPatienceMs);
    assert.deepEqual([value(), asked()], ['waiting', ['dial', 'hangUp']]);
    assert.equal(trouble(), 'it did not take the call in time');
    for (let nth = 0; nth < 8; nth += 1) {
      clock.increment(peerBackOffMsMax);
      assert.deepEqual([value(), asked()], ['dialing', ['dial']]);
      hear({ type: 'socket.closed', reason: 'refused' });
      assert.deepEqual([value(), trouble()], ['waiting', 'refused']);
    }
    clock.increment(peerBackOffMsMax - 1);
    assert.equal(value(), 'waiting');
    hear({ type: 'viewers.left' });
    assert.equal(value(), 'idle');
  });

  test('who fell silent is given up after two questions', () => {
    const { clock, asked, hear, value, trouble } = opened();
    clock.increment(peerPingIntervalMs);
    assert.deepEqual([value(), asked()], [{ open: 'asking' }, ['ping']]);
    hear({ type: 'socket.heard' });
    assert.deepEqual(value(), { open: 'heard' });
    clock.increment(peerPingIntervalMs);
    clock.increment(peerPingPatienceMs);
    assert.deepEqual([value(), asked()], [{ open: 'askingAgain' }, ['ping', 'ping']]);
    clock.increment(peerPingPatienceMs);
    assert.deepEqual([value(), asked()], ['waiting', ['tellLost', 'hangUp']]);
    assert.equal(trouble(), 'it fell silent');
  });

  test('garbage ends the connection; a new one forgets the trouble', () => {
    const { clock, asked, hear, value, trouble } = opened();
    hear({ type: 'socket.garbled', reason: 'nonsense' });
    assert.deepEqual([value(), asked()], ['waiting', ['tellLost', 'hangUp']]);
    assert.equal(trouble(), 'nonsense');
    hear({ type: 'socket.heard' });
    hear({ type: 'socket.welcomed' });
    assert.equal(value(), 'waiting', 'what is left of the last one means nothing');
    clock.increment(peerBackOffMsMax);
    hear({ type: 'socket.welcomed' });
    assert.deepEqual([value(), trouble()], [{ open: 'heard' }, null]);
  });
});
