/**
 * Charts as plain data, drawn by fast-check so that a failing one shrinks to the few parts that
 * matter. `build.ts` makes machines of them.
 */
import * as fc from 'fast-check';

export type Plan = Readonly<{
  root: StatePlan;
  /** Machines that it may invoke or spawn. */
  children: readonly Plan[];
  /** Whether the context is a function that spawns. */
  isSpawningAtBirth: boolean;
  hasOutput: boolean;
}>;

export type StatePlan = Readonly<{
  kind: 'atomic' | 'final' | 'compound' | 'parallel' | 'shallow' | 'deep';
  states: readonly StatePlan[];
  initial: number;
  on: readonly TransitionPlan[];
  after: readonly TransitionPlan[];
  always: readonly TransitionPlan[];
  onDone: TransitionPlan | null;
  invoke: readonly InvokePlan[];
  entry: readonly ActionPlan[];
  exit: readonly ActionPlan[];
}>;

export type TransitionPlan = Readonly<{
  /** Which of the events, or which delay. */
  event: number;
  /** Which of the machine's states; null: it stays. */
  target: number | null;
  isReentering: boolean;
  guard: GuardPlan | null;
  actions: readonly ActionPlan[];
}>;

export type GuardPlan = Readonly<{
  kind: 'even' | 'below' | 'named' | 'in' | 'not' | 'both' | 'either' | 'throws';
  value: number;
}>;

export type InvokePlan = Readonly<{
  source: number;
  hasId: boolean;
  hasSystemId: boolean;
  isInline: boolean;
  onDone: TransitionPlan | null;
  onError: TransitionPlan | null;
  onSnapshot: TransitionPlan | null;
}>;

const actionKinds = [
  'count',
  'note',
  'raise',
  'raiseLater',
  'cancel',
  'emit',
  'log',
  'act',
  'actInline',
  'enqueue',
  'sendToSelf',
  'sendToSelfLater',
  'sendToChild',
  'sendToChildLater',
  'sendToChildById',
  'sendToKept',
  'sendToSystem',
  'sendParent',
  'sendParentLater',
  'spawnChild',
  'spawnChildInline',
  'spawnInAssign',
  'stopChild',
  'stopKept',
  'look',
  'keepSelf',
  'throw',
] as const;

export type ActionPlan = Readonly<{
  kind: (typeof actionKinds)[number];
  value: number;
  other: number;
  inner: readonly ActionPlan[];
}>;

export type Step =
  | Readonly<{ do: 'send'; event: number }>
  | Readonly<{ do: 'wait'; ms: number }>
  | Readonly<{ do: 'say'; effect: number; what: number }>;

/** A plan says which by any number. */
export const pick = <Value>(list: readonly Value[], nth: number): Value =>
  list[nth % list.length] as Value;

const small = fc.nat({ max: 11 });
/** There in so many of ten. */
const maybe = <Value>(weight: number, each: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(null) }, { weight, arbitrary: each });
const few = <Value>(each: fc.Arbitrary<Value>, maxLength = 2) => fc.array(each, { maxLength });

const frequent = fc.constantFrom(...actionKinds.filter((kind) => kind !== 'throw'));
const actionKind = fc.oneof(
  { weight: 300, arbitrary: frequent },
  { weight: 1, arbitrary: fc.constant('throw' as const) },
);
const rare = <Value>(each: fc.Arbitrary<Value>, weight: number) =>
  fc.oneof(
    { weight: 10 - weight, arbitrary: fc.constant<readonly Value[]>([]) },
    { weight, arbitrary: fc.array(each, { minLength: 1, maxLength: 2 }) },
  );
const plainAction: fc.Arbitrary<ActionPlan> = fc.record({
  kind: actionKind,
  value: small,
  other: small,
  inner: fc.constant([]),
});
const action: fc.Arbitrary<ActionPlan> = fc.record({
  kind: actionKind,
  value: small,
  other: small,
  inner: few(plainAction),
});

const guard: fc.Arbitrary<GuardPlan> = fc.record({
  kind: fc.oneof(
    {
      weight: 40,
      arbitrary: fc.constantFrom('even', 'below', 'named', 'in', 'not', 'both', 'either'),
    },
    { weight: 1, arbitrary: fc.constant('throws' as const) },
  ),
  value: small,
});

const transition: fc.Arbitrary<TransitionPlan> = fc.record({
  event: small,
  target: maybe(7, small),
  isReentering: fc.boolean(),
  guard: maybe(3, guard),
  actions: few(action),
});

const invoke: fc.Arbitrary<InvokePlan> = fc.record({
  source: small,
  hasId: fc.boolean(),
  hasSystemId: fc.nat({ max: 30 }).map((drawn) => drawn === 30),
  isInline: fc.nat({ max: 4 }).map((drawn) => drawn === 4),
  onDone: maybe(5, transition),
  onError: maybe(8, transition),
  onSnapshot: maybe(3, transition),
});

function state(depth: number, kinds: readonly StatePlan['kind'][]): fc.Arbitrary<StatePlan> {
  return fc.constantFrom(...kinds).chain((kind) => {
    const isHistory = kind === 'shallow' || kind === 'deep';
    const nests = kind === 'compound' || kind === 'parallel';
    const only = <Value>(when: boolean, each: fc.Arbitrary<readonly Value[]>) =>
      when ? each : fc.constant<readonly Value[]>([]);
    return fc.record({
      kind: fc.constant(kind),
      states: nests ? inner(depth - 1, kind) : fc.constant([]),
      initial: small,
      on: only(!isHistory, few(transition, 3)),
      after: only(!isHistory, rare(transition, 5)),
      always: only(!isHistory, rare(transition, 2)),
      onDone: nests ? maybe(4, transition) : fc.constant(null),
      invoke: only(!isHistory && kind !== 'final', rare(invoke, 3)),
      entry: only(!isHistory, rare(action, 4)),
      exit: only(!isHistory, rare(action, 3)),
    });
  });
}

/** The first of them can be entered. */
function inner(depth: number, outer: StatePlan['kind']): fc.Arbitrary<readonly StatePlan[]> {
  const nested = depth > 0 ? (['compound', 'compound', 'parallel'] as const) : [];
  const flat = outer === 'parallel' ? (['deep'] as const) : (['final', 'shallow', 'deep'] as const);
  return fc
    .tuple(
      state(depth, ['atomic', ...nested]),
      fc.array(state(depth, ['atomic', 'atomic', ...flat, ...nested]), { maxLength: 2 }),
    )
    .map(([first, others]) => [first, ...others]);
}

/** `childDepth`: how deep machines are within machines, at most. */
export function plan(childDepth: number): fc.Arbitrary<Plan> {
  const children =
    childDepth === 0
      ? fc.constant<readonly Plan[]>([])
      : fc.oneof(
          { weight: 3, arbitrary: fc.array(plan(0), { minLength: 1, maxLength: 2 }) },
          { weight: 1, arbitrary: fc.tuple(plan(childDepth - 1)) },
        );
  return fc.record({
    root: state(childDepth > 0 ? 2 : 1, ['compound', 'compound', 'parallel']),
    children,
    isSpawningAtBirth: fc.nat({ max: 5 }).map((drawn) => drawn === 5),
    hasOutput: fc.boolean(),
  });
}

export const script = (maxLength: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('send' as const), event: small }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 30 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('say' as const), effect: small, what: small }),
      },
    ),
    { maxLength },
  );
