/**
 * Machines from plans. Whatever is drawn, a machine comes to rest: all but events from outside
 * and deadlines use up fuel, which only those give.
 */
import {
  and,
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  log,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import { act, effects } from './effects.ts';
import type { ActionPlan, GuardPlan, InvokePlan, Plan, StatePlan, TransitionPlan } from './plan.ts';

type Context = Readonly<{
  n: number;
  fuel: number;
  order: readonly string[];
  kept: readonly AnyActorRef[];
}>;
type Args = Readonly<{ context: Context; self: AnyActorRef; system: { get(id: string): unknown } }>;

const outside = ['A', 'B', 'C', 'D'] as const;
/** What is sent from outside: some of it by names that no chart mentions. */
export const sent = [...outside, ...outside, 'A.deep', 'stranger'] as const;
const inside = ['P', 'Q', 'R', 'WORD'] as const;
const fuelMax = 2;
const delays = [0, 5, 10, 10, 25] as const;
const timerIds = [undefined, 'd0', 'd1'] as const;

const pick = <Value>(list: readonly Value[], nth: number): Value =>
  list[nth % list.length] as Value;

type Node = Readonly<{ id: string; key: string; plan: StatePlan; states: readonly Node[] }>;

export function build(plan: Plan, id = 'm'): AnyStateMachine {
  const all: Node[] = [];
  const numbered = (state: StatePlan): Node => {
    const key = `s${all.length}`;
    const node = { id: `${id}_${key}`, key, plan: state, states: [] as Node[] };
    all.push(node);
    for (const inner of state.states) node.states.push(numbered(inner));
    return node;
  };
  const root = numbered(plan.root);
  const machines = Object.fromEntries(
    plan.children.map((child, nth) => [`machine${nth}`, build(child, `${id}c${nth}`)]),
  );
  const actors = { ...machines, ...effects };
  const sources = [...Object.keys(machines), ...Object.keys(machines), ...Object.keys(effects)];
  const writer = new Writer(all, sources, actors, id !== 'm');
  const born = { n: 0, fuel: fuelMax, order: [], kept: [] };
  return createMachine(
    {
      id,
      ...writer.state(root, id),
      context: plan.isSpawningAtBirth
        ? ({ spawn }: { spawn: (source: string, options: object) => AnyActorRef }) => ({
            ...born,
            kept: [spawn(pick(sources, plan.root.initial), { id: 'born', syncSnapshot: true })],
          })
        : born,
      ...(plan.hasOutput ? { output: ({ context }: Args) => context.n } : {}),
    } as never,
    {
      actors,
      actions: {
        act: ({ context, event }: Args & { event: unknown }, params: unknown) =>
          act('act', context, event, params),
        count: assign({ n: ({ context }) => (context as Context).n + 1 }),
      },
      guards: { below: ({ context }: Args, max: number) => context.n < max },
      delays: { short: 5, long: ({ context }: Args) => 10 + context.n },
    } as never,
  );
}

/** As of before this step; none while it begins. */
function childrenOf(self: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  try {
    return (self.getSnapshot() as { children: Record<string, AnyActorRef> }).children;
  } catch {
    return {};
  }
}

class Writer {
  readonly #hasParent: boolean;
  readonly #all: readonly Node[];
  readonly #sources: readonly string[];
  readonly #actors: Readonly<Record<string, unknown>>;

  constructor(
    all: readonly Node[],
    sources: readonly string[],
    actors: Readonly<Record<string, unknown>>,
    hasParent: boolean,
  ) {
    this.#hasParent = hasParent;
    this.#all = all;
    this.#sources = sources;
    this.#actors = actors;
  }

  /**
   * XState never forgets the name of an actor that a step made which then failed. A replica does,
   * so names are given only where a failure ends all.
   */
  get #systemId(): object {
    return this.#hasParent ? {} : { systemId: 'system' };
  }

  state({ plan, states }: Node, id: string): object {
    const { kind } = plan;
    if (kind === 'shallow' || kind === 'deep') return { id, type: 'history', history: kind };
    const entered = states.filter((node) => !['shallow', 'deep'].includes(node.plan.kind));
    const inner = Object.fromEntries(states.map((node) => [node.key, this.state(node, node.id)]));
    return {
      id,
      ...(kind === 'final' || kind === 'parallel' ? { type: kind } : {}),
      ...(kind === 'compound' ? { initial: pick(entered, plan.initial).key } : {}),
      ...(states.length > 0 ? { states: inner } : {}),
      ...(plan.onDone === null ? {} : { onDone: this.#transition(plan.onDone, true) }),
      on: this.#on(plan.on),
      after: Object.fromEntries(
        plan.after.map((each) => [
          pick([...delays, 'short', 'long'], each.event),
          this.#transition(each, false),
        ]),
      ),
      always: plan.always.map((each) => this.#transition(each, true)),
      invoke: plan.invoke.map((each, nth) => this.#invoke(each, `${id}i${nth}`)),
      entry: plan.entry.map((each) => this.#action(each)),
      exit: plan.exit.map((each) => this.#action(each)),
    };
  }

  #on(transitions: readonly TransitionPlan[]): object {
    const on: Record<string, object[]> = {};
    for (const each of transitions) {
      const type = pick([...outside, ...outside, ...inside, 'LATER', '*', 'A.*'], each.event);
      (on[type] ??= []).push(
        this.#transition(each, !(outside as readonly string[]).includes(type) && type !== 'LATER'),
      );
    }
    return on;
  }

  #transition(plan: TransitionPlan, usesFuel: boolean): object {
    const { target, isReentering, guard, actions } = plan;
    const hasFuel = ({ context }: Args): boolean => context.fuel > 0;
    const own = guard === null ? [] : [this.#guard(guard)];
    const fuel = assign({
      fuel: ({ context }) => (usesFuel ? (context as Context).fuel - 1 : fuelMax),
    });
    const guards = usesFuel ? [hasFuel, ...own] : own;
    return {
      ...(target === null ? {} : { target: `#${this.#at(target).id}`, reenter: isReentering }),
      ...(guards.length === 0
        ? {}
        : { guard: guards.length === 1 ? guards[0] : and(guards as never) }),
      actions: [fuel, ...actions.map((each) => this.#action(each))],
    };
  }

  /** Any state but the machine as a whole. */
  #at(nth: number): Node {
    return pick(this.#all.length > 1 ? this.#all.slice(1) : this.#all, nth);
  }

  // oxlint-disable-next-line typescript/consistent-return -- known to be so
  #guard({ kind, value }: GuardPlan): unknown {
    const even = ({ context }: Args): boolean => context.n % 2 === 0;
    const below = { type: 'below', params: value };
    const within = stateIn(`#${this.#at(value).id}`);
    switch (kind) {
      case 'even':
        return even;
      case 'below':
        return below;
      case 'named':
        return { type: 'below', params: ({ context }: Args) => value + (context.n % 3) };
      case 'in':
        return within;
      case 'not':
        return not(even as never);
      case 'both':
        return and([even, below] as never);
      case 'either':
        return or([within, below] as never);
      case 'throws':
        return ({ context }: Args) => {
          if (context.n > 2) throw new Error('a guard that throws');
          return true;
        };
    }
  }

  #invoke({ source, hasId, hasSystemId, isInline, ...plan }: InvokePlan, id: string): object {
    const name = pick(this.#sources, source);
    const on = (each: TransitionPlan | null, part: string): object =>
      each === null ? {} : { [part]: this.#transition(each, true) };
    return {
      src: isInline ? this.#actors[name] : name,
      ...(hasId ? { id } : {}),
      ...(hasSystemId ? this.#systemId : {}),
      input: ({ context }: Args) => ({ n: context.n }),
      ...on(plan.onDone, 'onDone'),
      ...on(plan.onError, 'onError'),
      ...on(plan.onSnapshot, 'onSnapshot'),
    };
  }

  // oxlint-disable-next-line typescript/consistent-return -- known to be so
  #action({ kind, value, other, inner }: ActionPlan): unknown {
    const source = pick(this.#sources, value);
    const said = { type: pick(inside, value), from: 'chart' };
    const delay = pick(
      [...delays, 'short', 'long', ({ context }: Args) => 5 * (context.n % 4)] as const,
      value,
    );
    const later = { delay, id: pick(timerIds, other) } as never;
    const childId = pick(['c0', 'c1'], value);
    const child = ({ self }: Args): AnyActorRef =>
      pick([...Object.values(childrenOf(self)), self], other);
    switch (kind) {
      case 'count':
        return { type: 'count' };
      case 'note':
        return assign({
          order: ({ context, event }) =>
            [...(context as Context).order, `${event.type}/${value}`].slice(-5),
        });
      case 'raise':
        return raise(said);
      case 'raiseLater':
        return raise({ type: 'LATER' }, later);
      case 'cancel':
        return cancel(pick(['d0', 'd1'], other));
      case 'emit':
        return emit(({ context }) => ({ type: 'EMITTED', n: (context as Context).n }));
      case 'log':
        return value % 2 === 0 ? log(({ context }) => (context as Context).n) : log('said', 'loud');
      case 'act':
        return { type: 'act', params: ({ context }: Args) => ({ n: context.n }) };
      case 'actInline':
        return ({ context, event }: Args & { event: unknown }) =>
          act('inline', context, event, undefined);
      case 'enqueue':
        return enqueueActions(({ enqueue, check }) => {
          if (check({ type: 'below', params: value })) enqueue('count');
          // Only what has a name, or is in sight, can wait while its instance moves house.
          for (const each of inner.filter((one) => one.kind !== 'actInline')) {
            enqueue(this.#action(each) as never);
          }
        });
      case 'sendToSelf':
        return sendTo(({ self }) => self, said);
      case 'sendToSelfLater':
        return sendTo(({ self }) => self, { type: 'LATER' }, later);
      case 'sendToChild':
        return sendTo(child as never, said as never);
      case 'sendToChildLater':
        return sendTo(child as never, { type: 'LATER' } as never, later);
      case 'sendToChildById':
        return sendTo(
          // Throws where there is none.
          (other === 11 ? childId : ({ self }: Args) => childrenOf(self)[childId] ?? self) as never,
          said as never,
        );
      case 'sendToKept':
        return sendTo(
          ({ context, self }) => pick([...(context as Context).kept, self], other) as never,
          said as never,
        );
      case 'sendToSystem':
        return sendTo(({ system, self }) => (system.get('system') ?? self) as never, said as never);
      case 'sendParent':
        return this.#hasParent ? sendParent(said) : raise(said);
      case 'sendParentLater':
        return this.#hasParent
          ? sendParent({ type: 'LATER' }, later)
          : raise({ type: 'LATER' }, later);
      case 'spawnChild':
        return spawnChild(source, {
          id: pick([childId, childId, undefined], other),
          ...(other === 5 ? this.#systemId : {}),
          syncSnapshot: other % 2 === 0,
          input: { n: value },
        } as never);
      case 'spawnChildInline':
        return spawnChild(this.#actors[source] as never, { id: childId });
      case 'spawnInAssign':
        return assign(({ spawn, context }) => ({
          n: context.n + 1,
          kept: [
            ...(context as Context).kept.slice(-1),
            spawn(source as never, { id: pick([undefined, 'k0', 'k1'], other) } as never),
          ],
        }));
      case 'stopChild':
        return stopChild(childId);
      case 'stopKept':
        return enqueueActions(({ context, self, enqueue }) => {
          const [first] = (context as Context).kept;
          if (first !== undefined && first !== self) enqueue.stopChild(first);
        });
      case 'look':
        return assign({
          order: ({ context, self }) => {
            const seen = Object.entries(childrenOf(self)).map(
              ([id, one]) => `${id}:${(one.getSnapshot() as { status: string }).status}`,
            );
            return [...(context as Context).order, seen.join(' ')].slice(-5);
          },
        });
      case 'keepSelf':
        return assign({
          kept: ({ context, self }) => [...(context as Context).kept.slice(-1), self],
        });
      case 'throw':
        return assign(() => {
          throw new Error('an action that throws');
        });
    }
  }
}
