/** What looking costs, what is left out, and that nothing of it comes back to who is looked at. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { WebSocket } from 'ws';
import { assign, createActor, createMachine, setup, type AnyActorRef } from 'xstate';
import { realClock } from '../../../runtime/clock.ts';
import { observationOf } from '../../../runtime/inspector/bridges/observation.ts';
import { rosterOf } from '../../../runtime/inspector/bridges/roster.ts';
import type { Sight } from '../../../runtime/inspector/bridges/sights.ts';
import { stageLimits } from '../../../runtime/inspector/bridges/stage.ts';
import { viewersOf, type Bridge } from '../../../runtime/inspector/bridges/viewers.ts';
import type { AppliedEvent } from '../../../runtime/service.ts';
import { eventually } from '../../cluster/cluster.ts';

const counter = setup({
  types: { context: {} as { count: number; bad?: unknown }, events: {} as { type: 'ADD' } },
}).createMachine({
  id: 'counter',
  context: { count: 0 },
  initial: 'even',
  states: {
    even: {
      on: {
        ADD: { target: 'odd', actions: assign({ count: ({ context }) => context.count + 1 }) },
      },
    },
    odd: {
      on: {
        ADD: { target: 'even', actions: assign({ count: ({ context }) => context.count + 1 }) },
      },
    },
  },
});

const child = createMachine({ initial: 'a', states: { a: {} } });

/** A node that is nothing but one chart. */
function watched(chart = counter) {
  const root = createActor(chart, { id: 'n1' });
  const roster = rosterOf(root);
  let attached = 0;
  const { inspect } = root.system;
  root.system.inspect = (observer) => {
    attached += 1;
    const subscription = inspect(observer);
    return {
      unsubscribe() {
        attached -= 1;
        subscription.unsubscribe();
      },
    };
  };
  const watching = new Set<(event: AppliedEvent) => void>();
  const observation = observationOf({
    node: 'n1',
    root,
    roster,
    clock: realClock,
    watchInstances(seen) {
      watching.add(seen);
      return () => void watching.delete(seen);
    },
    machineOf: () => counter,
    redact: (value, { kind, machine, key }) =>
      kind === 'context' && machine === 'counter' && key === 'private' ? 'hidden' : value,
  });
  root.start();
  const apply = (key: string, view: object): void => {
    const event = { index: 1, machine: 'counter', key, event: { type: 'ADD' }, view };
    for (const seen of watching) seen(event as unknown as AppliedEvent);
  };
  return { root, observation, apply, attached: () => attached + watching.size };
}

/** Also a parent of it, since the type of an actor's own chart says nothing of that. */
const childOf = (parent: AnyActorRef, id: string): AnyActorRef =>
  createActor(child, { id, parent });

const dropsIn = (seen: readonly Sight[]): number =>
  seen.reduce((sum, sight) => sum + (sight.type === 'dropped' ? sight.count : 0), 0);

describe('an observation', () => {
  test('is attached to the node only while somebody looks', () => {
    const { observation, attached } = watched();
    assert.equal(attached(), 0);
    const first = observation.look(() => {});
    const second = observation.look(() => {});
    assert.equal(attached(), 2, 'to its system and to its instances, once each');
    first();
    first();
    assert.equal(attached(), 2);
    second();
    assert.equal(attached(), 0);
    assert.deepEqual(observation.everybody(), []);
    const third = observation.look(() => {});
    assert.equal(observation.everybody().length, 1);
    third();
  });

  test('leaves out what is too much, says how much, and shows where it led', async () => {
    const { root, observation } = watched();
    const seen: Sight[] = [];
    const callOff = observation.look((sights) => void seen.push(...sights));
    for (let nth = 0; nth < 1_000; nth += 1) root.send({ type: 'ADD' });
    await eventually('it is told', async () => seen.length > 0);
    callOff();
    const steps = seen.filter(({ type }) => type === 'heard' || type === 'moved');
    assert.equal(steps.length, stageLimits.stepsMax + 1, 'and one to catch up');
    assert.equal(dropsIn(seen), 2_000 - stageLimits.stepsMax);
    const last = steps.at(-1);
    assert.ok(last?.type === 'moved');
    assert.deepEqual({ ...(last.stand.context as object) }, { count: 1_000 });
  });

  test('shows a crowd in part, and each of that part from beginning to end', async () => {
    const { root, observation } = watched();
    const seen: Sight[] = [];
    const callOff = observation.look((sights) => void seen.push(...sights));
    const stopped = { type: 'xstate.stop' };
    const crowd = Array.from({ length: 3 * stageLimits.crowdMax }, (_, nth) =>
      childOf(root, `n1/proposal/${nth}`),
    );
    for (const actor of crowd) actor.start();
    await eventually('it is told', async () => seen.length > 0);
    assert.equal(seen.filter(({ type }) => type === 'appeared').length, stageLimits.crowdMax);
    assert.ok(dropsIn(seen) > 0);
    const began = observation.everybody().length;
    for (const actor of crowd) actor.send(stopped);
    await eventually('they have left', async () => seen.some(({ type }) => type === 'left'));
    assert.equal(seen.filter(({ type }) => type === 'left').length, stageLimits.crowdMax);
    assert.equal(observation.everybody().length, began - stageLimits.crowdMax);
    callOff();
  });

  test('throws nothing into whoever sends an event, and goes on', async () => {
    const { root, observation, apply } = watched();
    const seen: Sight[] = [];
    const callOff = observation.look((sights) => void seen.push(...sights));
    const mean = Object.defineProperty({}, 'secret', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    apply('k', { status: 'active', value: 'even', context: mean });
    apply('l', Object.defineProperty({}, 'status', { get: () => assert.fail('no') }));
    root.send({ type: 'ADD' });
    await eventually('it is told', async () => seen.length > 0);
    callOff();
    assert.ok(dropsIn(seen) >= 2);
    assert.ok(seen.some((sight) => sight.type === 'moved' && sight.subject.name === 'n1'));
  });
});

test('what may not be seen is not told', async () => {
  const { observation, apply } = watched();
  const seen: Sight[] = [];
  const callOff = observation.look((sights) => void seen.push(...sights));
  for (const key of ['private', 'public']) {
    apply(key, { status: 'active', value: 'even', context: { count: 7 } });
  }
  const contextOf = (name: string): unknown =>
    seen.flatMap((sight) =>
      sight.type === 'moved' && sight.subject.name === name ? [sight.stand.context] : [],
    )[0];
  await eventually('both are told', async () =>
    contextOf('n1/instance/counter/public') === undefined ? undefined : true,
  );
  callOff();
  assert.equal(contextOf('n1/instance/counter/private'), 'hidden');
  assert.deepEqual({ ...(contextOf('n1/instance/counter/public') as object) }, { count: 7 });
});

describe('viewers', () => {
  const server = createServer();
  const open: WebSocket[] = [];
  let say: (frames: number) => void;
  let attached: () => number;
  let connected: () => number;

  beforeEach(async () => {
    const { root, observation, attached: count } = watched();
    attached = count;
    const bridge: Bridge = {
      waitsToBeAsked: false,
      introduce: () => [{ hello: 'viewer' }],
      tell: (sights) => sights.map(() => ({ text: 'x'.repeat(1_000_000) })),
      heard: () => {},
    };
    const logger = { debug: () => {}, info: () => {}, warn: () => {} };
    const door = viewersOf({ bridge, observation, clock: realClock, logger });
    connected = () => door.handshakes.clients.size;
    server.removeAllListeners('upgrade');
    server.on('upgrade', door.take);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    say = (frames) => {
      for (let nth = 0; nth < frames; nth += 1) root.send({ type: 'ADD' });
    };
  });
  afterEach(async () => {
    for (const viewer of open.splice(0)) viewer.terminate();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const view = async (): Promise<Readonly<{ viewer: WebSocket; frames: () => number }>> => {
    const { port } = server.address() as AddressInfo;
    const viewer = new WebSocket(`ws://127.0.0.1:${port}`);
    open.push(viewer);
    let frames = 0;
    viewer.on('message', () => (frames += 1));
    viewer.on('error', () => {});
    await eventually('it is introduced', async () => frames > 0);
    return { viewer, frames: () => frames };
  };

  test('who do not read are sent away, and others do not wait for them', async () => {
    const slow = await view();
    const quick = await view();
    const { _socket: socket } = slow.viewer as unknown as { _socket: Socket };
    socket.pause();
    await eventually('the slow one is gone', async () => {
      const told = quick.frames();
      say(5);
      await eventually('the quick one is told', async () => quick.frames() > told);
      return connected() === 1;
    });
    assert.equal(quick.viewer.readyState, WebSocket.OPEN);
    assert.equal(attached(), 2);
  });

  test('leave nothing attached behind them', async () => {
    const { viewer } = await view();
    assert.equal(attached(), 2);
    viewer.close();
    await eventually('nothing is attached', async () => attached() === 0);
  });
});
