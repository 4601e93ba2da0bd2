// oxlint-disable no-underscore-dangle -- XState's own hook is what is tried here.
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assign, createActor, setup, type AnyActorRef } from 'xstate';
import { limits } from '../../machines/protocol/limits.ts';
import { createCharts } from '../../runtime/inspector/charts.ts';
import { createLiveWatches } from '../../runtime/inspector/live-watches.ts';
import { showing } from '../../runtime/inspector/showing.ts';
import type { Watched } from '../../runtime/inspector/source.ts';

const counter = setup({
  types: { context: {} as { count: number }, events: {} as { type: 'ADD' | 'END' } },
  actions: { add: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'counter',
  context: { count: 0 },
  initial: 'on',
  states: { on: { on: { ADD: { actions: 'add' }, END: 'over' } }, over: { type: 'final' } },
});

function looking() {
  const world = { nowMs: 0, turns: [] as (() => void)[] };
  const clock = {
    nowMs: () => world.nowMs,
    wallMs: () => world.nowMs,
    setTimeout: () => null,
    clearTimeout: () => {},
    soon: (run: () => void) => void world.turns.push(run),
    seed: () => 1,
    newProposalId: () => 'p' as never,
  };
  const newActor = () => createActor(counter, { id: 'n1' }).start();
  const actors: { now: AnyActorRef } = { now: newActor() };
  const watches = createLiveWatches({
    root: actors.now,
    find: (name) =>
      name === 'n1' && actors.now.getSnapshot().status === 'active' ? actors.now : undefined,
    clock,
    charts: createCharts(),
    show: showing(null),
  });
  const told: Watched[] = [];
  return {
    world,
    watches,
    actor: actors.now,
    told: () => told.splice(0),
    watch: () => watches.watch('n1', (seen) => told.push(seen)),
    turn: () => world.turns.splice(0).forEach((run) => run()),
    settle: (): void => {
      while (world.turns.length > 0) world.turns.splice(0).forEach((run) => run());
    },
  };
}

const countOf = (seen: Watched): unknown =>
  seen.type === 'gone' ? null : (seen.context as { count: number }).count;

describe('an actor that is watched', () => {
  test('tells nothing in its own turn, and each step in order afterwards', () => {
    const { actor, told, watch, settle } = looking();
    watch();
    assert.deepEqual(told().map(countOf), [0]);
    for (let nth = 0; nth < 3; nth += 1) actor.send({ type: 'ADD' });
    assert.deepEqual(told(), []);
    settle();
    assert.deepEqual(told().map(countOf), [1, 2, 3]);
  });

  test('that is too fast is told in part, says how much is missing, and where it came to', () => {
    const { actor, world, watches, told, watch, settle } = looking();
    watch();
    told();
    for (let nth = 0; nth < 10_000; nth += 1) actor.send({ type: 'ADD' });
    settle();
    assert.equal(told().length, limits.stepsToldAtOnceMax);
    watches.look();
    const [latest, ...more] = told();
    assert.deepEqual([latest?.type, latest && countOf(latest), more], ['actor', 10_000, []]);

    actor.send({ type: 'ADD' });
    world.nowMs += 1_000 / limits.stepsToldPerSecondMax;
    actor.send({ type: 'ADD' });
    settle();
    const [step] = told();
    assert.ok(step?.type === 'step');
    assert.deepEqual([step.skipped, countOf(step)], [1, 10_002]);
  });

  test('puts a few steps a turn into words, and lets the node go on in between', () => {
    const { actor, told, watch, turn } = looking();
    watch();
    told();
    for (let nth = 0; nth < 20; nth += 1) actor.send({ type: 'ADD' });
    turn();
    const first = told().length;
    assert.ok(first > 0 && first < 20, `${first}`);
  });

  test('that ends says so', () => {
    const { actor, told, watch, settle } = looking();
    watch();
    told();
    actor.send({ type: 'END' });
    settle();
    const [step, gone] = told();
    assert.ok(step?.type === 'step' && step.status === 'done');
    assert.deepEqual(gone, { type: 'gone', actor: 'n1', reason: 'it is done' });
  });

  test('is let alone when nobody watches any more', () => {
    const { actor, told, watch, settle } = looking();
    const system = actor.system as unknown as { _sendInspectionEvent: unknown };
    const before = system._sendInspectionEvent;
    const stops = [watch(), watch()];
    assert.notEqual(system._sendInspectionEvent, before);
    for (const stop of stops) stop();
    assert.equal(system._sendInspectionEvent, before);
    told();
    actor.send({ type: 'ADD' });
    settle();
    assert.deepEqual(told(), []);
  });
});
