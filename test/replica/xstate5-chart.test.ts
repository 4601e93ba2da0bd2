import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  createActor,
  setup,
  type AnyMachineSnapshot,
  type AnyTransitionDefinition,
  type InspectionEvent,
} from 'xstate';
import type { ChartState } from '../../machines/protocol/chart.ts';
import {
  activeStates,
  chartOf,
  offersOf,
  refusalsOf,
  transitionId,
} from '../../machines/replica/xstate5-chart.ts';

type Event = { type: string; ok?: boolean };

const says = setup({
  types: { events: {} as Event, context: {} as { isOpen: boolean } },
  guards: {
    isOk: ({ event }) => event.ok === true,
    isOpen: ({ context }) => context.isOpen,
    never: () => false,
    throws: () => {
      throw new Error('no event for me');
    },
  },
  actions: { note: () => {} },
  delays: { patience: 500 },
});

const desk = says.createMachine({
  id: 'desk',
  context: { isOpen: false },
  type: 'parallel',
  on: { 'a.*': { actions: 'note' } },
  states: {
    left: {
      initial: 'idle',
      states: {
        idle: {
          entry: 'note',
          after: { patience: 'busy', 1_000: { guard: 'never', target: 'busy' } },
          on: {
            GO: [
              { guard: 'never', target: 'busy' },
              { guard: 'isOk', target: 'busy' },
            ],
            'a.b': { guard: 'never', target: 'busy' },
            'a.*': { guard: 'isOk', target: 'busy' },
            '*': { guard: 'isOpen', target: 'busy' },
          },
        },
        busy: { type: 'final' },
      },
      onDone: { target: '.idle', description: 'again' },
    },
    right: {
      initial: 'up',
      on: { GO: { guard: 'isOpen', target: '.down' } },
      states: { up: {}, down: { always: { guard: 'isOpen', target: 'up' } } },
    },
  },
});

const snapshotOf = (): AnyMachineSnapshot => createActor(desk).getSnapshot() as AnyMachineSnapshot;

function stateIn(state: ChartState, id: string): ChartState {
  const found = [state, ...descendants(state)].find((each) => each.id === id);
  assert.ok(found, `there is a state ${id}`);
  return found;
}
const descendants = (state: ChartState): readonly ChartState[] =>
  state.states.flatMap((each) => [each, ...descendants(each)]);

describe('a chart as data', () => {
  test('has the hierarchy, with names for people', () => {
    const { id, root } = chartOf(desk);
    assert.equal(id, 'desk');
    assert.equal(root.kind, 'parallel');
    assert.equal(root.initial, null);
    const left = stateIn(root, 'desk.left');
    assert.deepEqual([left.kind, left.initial], ['compound', 'desk.left.idle']);
    assert.equal(stateIn(root, 'desk.left.busy').kind, 'final');
    const idle = stateIn(root, 'desk.left.idle');
    assert.deepEqual(idle.entry, ['note']);
    assert.deepEqual(
      idle.transitions.map(({ kind, label, guard }) => [kind, label, guard]),
      [
        ['event', 'GO', 'never'],
        ['event', 'GO', 'isOk'],
        ['event', 'a.b', 'never'],
        ['event', 'a.*', 'isOk'],
        ['event', '*', 'isOpen'],
        ['after', 'after 1000 ms', 'never'],
        ['after', 'after patience', null],
      ],
    );
    const [done] = left.transitions;
    assert.deepEqual([done?.kind, done?.label, done?.description], ['done', 'done', 'again']);
    const [always] = stateIn(root, 'desk.right.down').transitions;
    assert.deepEqual(
      [always?.event, always?.kind, always?.targets],
      ['', 'always', ['desk.right.up']],
    );
  });

  test('is the same for the same definition, whoever implements it', () => {
    const copy = desk.provide({ actions: { note: () => {} } });
    assert.notEqual(copy, desk);
    assert.deepEqual(chartOf(copy), chartOf(desk));
    assert.equal(chartOf(desk), chartOf(desk));
  });

  test('an invoked actor has its transitions, in words', () => {
    const machine = setup({ actors: { pay: desk } }).createMachine({
      id: 'till',
      invoke: { id: 'payment', src: 'pay', onDone: '.done', onError: '.done' },
      initial: 'open',
      states: { open: {}, done: {} },
    });
    const { root } = chartOf(machine);
    assert.deepEqual(root.invokes, [{ id: 'payment', src: 'pay' }]);
    assert.deepEqual(
      root.transitions.map(({ kind, label }) => [kind, label]),
      [
        ['done', 'done: payment'],
        ['error', 'error: payment'],
      ],
    );
  });

  test('tells of what a state is in', () => {
    assert.deepEqual(
      activeStates(snapshotOf()).toSorted((a, b) => a.localeCompare(b)),
      ['desk', 'desk.left', 'desk.left.idle', 'desk.right', 'desk.right.up'],
    );
  });
});

describe('why an event did nothing', () => {
  const refused = (event: Event, snapshot = snapshotOf()) => {
    const { refusals, isMentioned } = refusalsOf(snapshot, event);
    return { guards: refusals.map(({ guard }) => guard), isMentioned };
  };

  test('every guard that said no, in each region', () => {
    assert.deepEqual(refused({ type: 'GO' }), {
      guards: ['never', 'isOk', 'isOpen', 'isOpen'],
      isMentioned: true,
    });
  });

  test('those before the one that was taken, and none behind it', () => {
    assert.deepEqual(refused({ type: 'GO', ok: true }), {
      guards: ['never', 'isOpen'],
      isMentioned: true,
    });
  });

  test('the event by its name comes first, then ever shorter wildcards, then the states around', () => {
    assert.deepEqual(refused({ type: 'a.b' }), {
      guards: ['never', 'isOk', 'isOpen'],
      isMentioned: true,
    });
    assert.deepEqual(refused({ type: 'a.b', ok: true }).guards, ['never']);
  });

  test('names the transitions as the chart does', () => {
    const [first] = refusalsOf(snapshotOf(), { type: 'GO' }).refusals;
    const idle = stateIn(chartOf(desk).root, 'desk.left.idle');
    assert.equal(first?.transition, idle.transitions[0]?.id);
  });

  test('an event that nobody mentions is told apart', () => {
    const quiet = says.createMachine({
      id: 'quiet',
      context: { isOpen: false },
      initial: 'here',
      states: { here: { on: { GO: 'there' } }, there: { on: { BACK: 'here' } } },
    });
    const snapshot = createActor(quiet).getSnapshot() as AnyMachineSnapshot;
    assert.deepEqual(refused({ type: 'BACK' }, snapshot), { guards: [], isMentioned: false });
  });
});

test('what could be sent, without wildcards and what is XState’s own', () => {
  assert.deepEqual(offersOf(snapshotOf()), [
    { type: 'GO', wouldBeTaken: false, guards: ['never', 'isOk', 'isOpen'] },
    // The root takes it, by a wildcard.
    { type: 'a.b', wouldBeTaken: true, guards: ['never'] },
  ]);
  const touchy = says.createMachine({
    id: 'touchy',
    context: { isOpen: false },
    on: { GO: { guard: 'throws', actions: 'note' } },
  });
  assert.deepEqual(offersOf(createActor(touchy).getSnapshot() as AnyMachineSnapshot), [
    { type: 'GO', wouldBeTaken: null, guards: ['throws'] },
  ]);
});

describe('what XState must go on doing', () => {
  test('microsteps name the very transitions of the definition', () => {
    const taken: (readonly AnyTransitionDefinition[])[] = [];
    const actor = createActor(desk, {
      inspect: (event: InspectionEvent) => {
        if (event.type === '@xstate.microstep') taken.push(event._transitions);
      },
    });
    actor.start();
    actor.send({ type: 'GO', ok: true });
    const ids = taken.flat().map(transitionId);
    const idle = stateIn(chartOf(desk).root, 'desk.left.idle');
    const left = stateIn(chartOf(desk).root, 'desk.left');
    assert.ok(ids.includes(idle.transitions[1]?.id ?? ''));
    assert.ok(ids.includes(left.transitions[0]?.id ?? ''), 'its end, which it raised itself');
  });

  test('a state node says which transition it would take, and asks their guards in order', () => {
    const node = desk.root.states.left?.states.idle as unknown as {
      next?: (snapshot: AnyMachineSnapshot, event: Event) => readonly AnyTransitionDefinition[];
      transitions: ReadonlyMap<string, readonly AnyTransitionDefinition[]>;
    };
    assert.equal(typeof node.next, 'function');
    const go = { type: 'GO', ok: true };
    assert.deepEqual(node.next?.(snapshotOf(), go), [node.transitions.get('GO')?.[1]]);
    assert.equal(node.next?.(snapshotOf(), { type: 'GO' }), undefined);
  });
});
