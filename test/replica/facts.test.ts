/** What the replica leans on in XState. Each upgrade must still say yes to all of it. */
import { describe, expect, test, vi } from 'vitest';
import {
  assign,
  createActor,
  createMachine,
  initialTransition,
  type InspectionEvent,
  transition,
} from 'xstate';
import { Findings } from '../../machines/replica/xstate5-findings.ts';
import {
  type Actor,
  isStopped,
  isSyncing,
  putBack,
  snapshotOf,
  standOf,
  standsAt,
} from '../../machines/replica/xstate5-internals.ts';
import { inertScope } from '../../machines/replica/xstate5-scope.ts';
import { bodyOf, statesOf } from '../../machines/replica/xstate5-snapshot.ts';
import { strangersAside } from '../../machines/replica/xstate5-strangers.ts';

const gate = createMachine({
  id: 'gate',
  initial: 'shut',
  states: { shut: { on: { OPEN: 'open' } }, open: { on: { SHUT: 'shut' } } },
});

test('XState tells of every microstep, of the first even where it took no transition', () => {
  const findings = new Findings(10);
  const scope = inertScope(findings);
  const heed = vi.spyOn(findings, 'heedMicrostep');
  findings.begin();
  const shut = gate.getInitialSnapshot(scope, undefined);
  expect(heed).not.toHaveBeenCalled();

  findings.begin();
  expect(gate.transition(shut, { type: 'NONE' }, scope)).toBe(shut);
  expect(heed).toHaveBeenCalledTimes(1);
  expect(findings.accepted).toBe(false);

  findings.begin();
  gate.transition(shut, { type: 'OPEN' }, scope);
  expect(heed).toHaveBeenCalledTimes(2);
  expect(findings.accepted).toBe(true);
});

test('a bare XState machine would move on after its end', () => {
  const ended = createMachine({
    initial: 'over',
    on: { MORE: '.again' },
    states: { over: { type: 'final' }, again: {} },
  });
  const [done] = initialTransition(ended);
  expect(done.status).toBe('done');
  expect(transition(ended, done, { type: 'MORE' })[0].value).toBe('again');
});

test('a bare XState machine would obey an event from outside that only XState should send', () => {
  const [shut] = initialTransition(gate);
  expect(transition(gate, shut, { type: 'xstate.stop' })[0].status).toBe('stopped');
});

test('XState turns what is thrown in the beginning into a snapshot, and throws the rest', () => {
  const broken = createMachine({
    context: () => {
      throw new Error('boom');
    },
  });
  expect(initialTransition(broken)[0]).toMatchObject({ status: 'error' });
});

test('XState sets no limit to microsteps of its own', () => {
  expect(gate.options).toMatchObject({ maxIterations: Infinity });
});

test('XState remembers every event type for ever, which is why strangers are tried on a copy', () => {
  const machine = gate.provide({});
  const scope = inertScope(new Findings(10));
  const shut = machine.getInitialSnapshot(scope, undefined);
  const lookUps = vi.spyOn(machine.root.transitions, 'get');

  machine.transition(shut, { type: 'NONE' }, scope);
  machine.transition(shut, { type: 'NONE' }, scope);
  expect(lookUps).toHaveBeenCalledTimes(1);
});

test('strangers share a copy of the machine that is renewed, and acquaintances get none', () => {
  const aside = strangersAside(gate);
  expect(aside('OPEN')).toBeNull();
  expect(aside('SHUT')).toBeNull();
  const copies = new Set(Array.from({ length: 2_500 }, (_, n) => aside(`made up ${n}`)));
  expect(copies.size).toBe(3);
});

test('a copy of a machine has states of its own under the same ids', () => {
  const copy = gate.provide({});
  expect([...bodyOf(copy).nodes.keys()]).toEqual([...bodyOf(gate).nodes.keys()]);
  const originals = new Set(statesOf(gate.root));
  expect(statesOf(copy.root).some((node) => originals.has(node))).toBe(false);
});

test("regions act in the order in which they were entered, which XState's own persisted form forgets", () => {
  const noting = (word: string) =>
    assign({ order: ({ context }: { context: { order: string } }) => context.order + word });
  const region = (word: string) => ({
    initial: 'a',
    states: {
      a: { on: { BOTH: { target: 'b', actions: noting(word) }, [word]: 'b' } },
      b: { always: { guard: ({ context }: never) => (context as { go?: true }).go, target: 'a' } },
    },
  });
  const pair = createMachine({
    context: { order: '' },
    type: 'parallel',
    states: { left: region('l') as never, right: region('r') as never },
  });
  const live = createActor(pair).start();
  live.send({ type: 'l' });
  const persisted = JSON.parse(JSON.stringify(live.getPersistedSnapshot())) as never;
  const restored = createActor(pair, { snapshot: persisted }).start();

  const inOrder = (actor: typeof live) => {
    const { _nodes: active } = actor.getSnapshot();
    return active.map((node) => node.key);
  };
  expect(inOrder(live)).not.toEqual(inOrder(restored));
});

describe('an actor of XState', () => {
  /** What is private is read by its name: each of them has to be there. */
  const has = (actor: object, name: string): unknown => {
    expect(actor).toHaveProperty(name);
    return Reflect.get(actor, name) as unknown;
  };
  const actorOf = () => {
    const seen: { type: string; isBegun: boolean }[] = [];
    const inspect = ({ type, actorRef }: InspectionEvent): void =>
      void seen.push({ type, isBegun: has(actorRef, '_snapshot') !== undefined });
    return { actor: createActor(gate, { inspect }) as unknown as Actor, seen };
  };

  test('is told of before it makes its first snapshot, so that it can be adopted', () => {
    expect(actorOf().seen[0]).toEqual({ type: '@xstate.actor', isBegun: false });
  });

  test('keeps what we put back', () => {
    const { actor } = actorOf();
    expect(has(actor, '_processingStatus')).toBe(0);
    expect(isStopped(actor)).toBe(false);
    actor.start();
    expect(has(actor, '_processingStatus')).toBe(1);
    expect(snapshotOf(actor).value).toBe('shut');
    expect(has(actor, '_deferred')).toEqual([]);
    expect(has(actor, 'mailbox')).toMatchObject({ _active: true, _current: null });
    expect(has(actor, '_actorScope')).toMatchObject({
      actionExecutor: expect.any(Function) as unknown,
      defer: expect.any(Function) as unknown,
    });
    actor.stop();
    expect(has(actor, '_processingStatus')).toBe(2);
    expect(isStopped(actor)).toBe(true);
  });

  test('that was put back takes its steps as if nothing had been', () => {
    const { actor } = actorOf();
    actor.start();
    const shut = standOf(actor);
    actor.send({ type: 'OPEN' });
    actor.stop();
    putBack(actor, shut);
    expect(standsAt(actor, shut)).toBe(true);
    actor.send({ type: 'OPEN' });
    expect(snapshotOf(actor).value).toBe('open');
  });

  test('that was left in the middle of something is put back all the same', () => {
    const { actor } = actorOf();
    actor.start();
    const shut = standOf(actor);
    Object.assign(actor.mailbox, { _current: { value: { type: 'OPEN' }, next: null } });
    Reflect.get(actor, '_deferred').push(() => {
      throw new Error('left over');
    });
    putBack(actor, shut);
    actor.send({ type: 'OPEN' });
    expect(snapshotOf(actor)).toMatchObject({ value: 'open', status: 'active' });
  });

  test('subscribes itself once, as it begins, where its parent wants its snapshots', () => {
    const watched: boolean[] = [];
    const parent = createMachine({
      invoke: { src: gate, id: 'gate', onSnapshot: {} },
    });
    const actor = createActor(parent, {
      inspect: ({ type, actorRef }) => {
        if (type !== '@xstate.actor') return;
        const one = actorRef as unknown as Actor;
        const subscribe = one.subscribe.bind(one) as (...observer: never[]) => unknown;
        one.subscribe = ((...observer: never[]) => {
          watched.push(isSyncing(one));
          return subscribe(...observer);
        }) as never;
      },
    });
    actor.start();
    expect(watched).toEqual([true]);
  });
});
