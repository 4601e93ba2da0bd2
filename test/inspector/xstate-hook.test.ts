// oxlint-disable no-underscore-dangle -- XState's own hook is what is tried here.
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createActor, createMachine, fromTransition } from 'xstate';
import {
  isActor,
  isOfMachine,
  machineOf,
  overhear,
  timersOf,
  type Seen,
} from '../../runtime/inspector/xstate-hook.ts';

const lamp = createMachine({
  id: 'lamp',
  initial: 'off',
  states: { off: { on: { PRESS: 'on' }, after: { 60_000: 'on' } }, on: { on: { PRESS: 'off' } } },
});
const lit = () => {
  const actor = createActor(lamp);
  actor.start();
  return actor;
};

describe('what XState tells whoever overhears it', () => {
  test('is each microstep with what it was before, and then the snapshot', () => {
    const actor = lit();
    const heard: unknown[] = [];
    overhear(actor, ({ type, actorRef, event, snapshot }: Seen) => {
      assert.equal(actorRef, actor);
      if (type === '@xstate.microstep') heard.push([event.type, actor.getSnapshot().value]);
      if (type === '@xstate.snapshot' && isOfMachine(snapshot)) {
        heard.push([event.type, snapshot.value]);
      }
    });
    actor.send({ type: 'PRESS' });
    assert.deepEqual(heard, [
      ['PRESS', 'off'],
      ['PRESS', 'on'],
    ]);
  });

  test('an event that does nothing is told all the same', () => {
    const actor = lit();
    const types: string[] = [];
    overhear(actor, ({ type, event }) => void types.push(`${type} ${event.type}`));
    actor.send({ type: 'NONSENSE' });
    assert.deepEqual(types, [
      '@xstate.event NONSENSE',
      '@xstate.microstep NONSENSE',
      '@xstate.snapshot NONSENSE',
    ]);
  });

  test('nobody who throws reaches the actor', () => {
    const actor = lit();
    let isHeard = false;
    overhear(actor, () => {
      throw new Error('an observer’s own mistake');
    });
    overhear(actor, () => (isHeard = true));
    actor.send({ type: 'PRESS' });
    assert.equal(actor.getSnapshot().value, 'on');
    assert.ok(isHeard, 'and others hear on');
  });

  test('ends without a trace, and others who inspect are not disturbed', () => {
    const seen: string[] = [];
    const actor = createActor(lamp, { inspect: ({ type }) => void seen.push(type) });
    actor.start();
    const system = actor.system as unknown as { _sendInspectionEvent: unknown };
    const before = system._sendInspectionEvent;
    const stops = [overhear(actor, () => {}), overhear(actor, () => {})];
    assert.notEqual(system._sendInspectionEvent, before);
    seen.length = 0;
    actor.send({ type: 'PRESS' });
    assert.ok(seen.includes('@xstate.microstep'));
    for (const stop of stops) stop();
    assert.equal(system._sendInspectionEvent, before);
  });
});

test('what an actor waits for, its chart, and what is none', () => {
  const actor = lit();
  const [timer] = timersOf(actor);
  assert.equal(timer?.event, 'xstate.after.60000.lamp.off');
  assert.equal(timer.delayMs, 60_000);
  assert.ok(Math.abs(Date.now() - timer.startedAtMs) < 10_000, 'by the wall clock');
  assert.equal(machineOf(actor), lamp);
  const counter = createActor(fromTransition((count: number) => count + 1, 0));
  assert.equal(machineOf(counter), null);
  assert.ok(!isOfMachine(counter.getSnapshot()));
  assert.ok(isActor(actor) && !isActor({ id: 'no' }));
  actor.stop();
  assert.deepEqual(timersOf(actor), []);
});
