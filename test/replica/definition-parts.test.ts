import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, createMachine, setup, type AnyStateMachine } from 'xstate';
import { differingParts } from '../../machines/replica/definition-parts.ts';
import { createReplica } from '../../machines/replica/replica.ts';

const child = createMachine({ context: { n: 0 } });

const base = () =>
  setup({
    guards: { may: () => true },
    actions: { set: assign({ n: 1 }) },
    delays: { soon: 100 },
    actors: { child },
  }).createMachine({
    id: 'order',
    context: { n: 0 },
    initial: 'open',
    states: {
      open: {
        entry: 'set',
        on: { GO: { guard: 'may', target: 'shut', actions: 'set' }, TRY: 'shut' },
        after: { soon: 'shut' },
      },
      shut: { initial: 'tight', states: { tight: { on: { GO: '#order.open' } } } },
    },
  });

const partsOf = (machine: AnyStateMachine, depth = 3) =>
  createReplica({ machines: { order: machine } }).partsOf('order', depth);

/** Where a machine differs from the base. */
const differing = (machine: AnyStateMachine, depth?: number): readonly string[] =>
  differingParts(partsOf(base(), depth), partsOf(machine, depth));

type State = { entry?: string; on?: Record<string, unknown>; after?: Record<string, unknown> };
type Config = {
  context: object;
  states: Record<string, State & { states: Record<string, State> }>;
};

/** The base, with another configuration. */
function changed(change: (config: Config) => void): AnyStateMachine {
  const { config, implementations } = base();
  const copy = structuredClone(config) as unknown as Config;
  change(copy);
  return createMachine(copy as never, implementations as never);
}

test('the same definition differs nowhere, however often it is made', () => {
  assert.deepEqual(differing(base()), []);
});

const cases: readonly [what: string, machine: AnyStateMachine, parts: readonly string[]][] = [
  ['a guard', base().provide({ guards: { may: () => false } }), ['guard "may"']],
  ['an action', base().provide({ actions: { set: assign({ n: 2 }) } }), ['action "set"']],
  ['a delay', base().provide({ delays: { soon: 200 } }), ['delay "soon"']],
  [
    'a child',
    base().provide({ actors: { child: createMachine({ context: { n: 1 } }) as never } }),
    ['actor "child"'],
  ],
  [
    'the context',
    changed((config) => (config.context = { n: 1 })),
    ['the machine itself, context'],
  ],
  [
    'the guard of a transition',
    changed(({ states }) => (states['open']!.on!['GO'] = { target: 'shut', actions: 'set' })),
    ['state "open", on GO, guard'],
  ],
  [
    'a transition more',
    changed(({ states }) => (states['open']!.on!['MORE'] = 'shut')),
    ['state "open", on MORE'],
  ],
  [
    'a delayed transition',
    changed(({ states }) => (states['open']!.after!['soon'] = 'open')),
    ['state "open", after soon'],
  ],
  [
    'an entry action of a state within',
    changed(({ states }) => (states['shut']!.states['tight']!.entry = 'set')),
    ['state "shut.tight", entry'],
  ],
  [
    'a state more',
    changed(({ states }) => (states['extra'] = { states: {} })),
    ['the machine itself, order of states', 'state "extra", order of states'],
  ],
];

for (const [what, machine, parts] of cases) {
  test(`${what} is named`, () => assert.deepEqual(differing(machine), parts));
}

test('less finely taken apart, what is within is named by what it is in', () => {
  const machine = changed(
    ({ states }) => (states['open']!.on!['GO'] = { target: 'shut', actions: 'set' }),
  );
  assert.deepEqual(differing(machine, 2), ['state "open", on GO']);
  assert.deepEqual(differing(machine, 1), ['state "open"']);
  assert.ok(Object.keys(partsOf(base(), 1)).length < Object.keys(partsOf(base(), 3)).length);
});

test('what stands beside the definition is a part, too', () => {
  const { partsOf: of } = createReplica({
    machines: { order: { machine: base(), replication: { missedDeadlines: 'fire' } } as never },
  });
  assert.deepEqual(differingParts(partsOf(base()), of('order', 3)), ['option "missedDeadlines"']);
});

test('a machine that is not there has no parts', () => {
  assert.deepEqual(createReplica({ machines: {} }).partsOf('order', 3), {});
});
