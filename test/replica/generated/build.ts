/**
 * Machines from plans. Whatever is drawn, a machine comes to rest: all but events from outside
 * and deadlines use up fuel, which only those give.
 */
import {
  and,
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createMachine,
  not,
  or,
  stateIn,
} from 'xstate';
import { unreachable } from '../../../machines/protocol/invariant.ts';
import { actionsIn, type Args, type Context, delays, inside, systemIdWhere } from './actions.ts';
import { act, effects } from './effects.ts';
import {
  type ActionPlan,
  type GuardPlan,
  type InvokePlan,
  pick,
  type Plan,
  type StatePlan,
  type TransitionPlan,
} from './plan.ts';

const outside = ['A', 'B', 'C', 'D'] as const;
/** What is sent from outside: some of it by names that no chart mentions. */
export const sent = [...outside, ...outside, 'A.deep', 'stranger'] as const;
const fuelMax = 2;

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

class Writer {
  readonly #hasParent: boolean;
  readonly #action: (plan: ActionPlan) => unknown;
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
    this.#action = actionsIn({ sources, actors, hasParent });
    this.#all = all;
    this.#sources = sources;
    this.#actors = actors;
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
      default:
        return unreachable(kind);
    }
  }

  #invoke({ source, hasId, hasSystemId, isInline, ...plan }: InvokePlan, id: string): object {
    const name = pick(this.#sources, source);
    const on = (each: TransitionPlan | null, part: string): object =>
      each === null ? {} : { [part]: this.#transition(each, true) };
    return {
      src: isInline ? this.#actors[name] : name,
      ...(hasId ? { id } : {}),
      ...(hasSystemId ? systemIdWhere(this.#hasParent) : {}),
      input: ({ context }: Args) => ({ n: context.n }),
      ...on(plan.onDone, 'onDone'),
      ...on(plan.onError, 'onError'),
      ...on(plan.onSnapshot, 'onSnapshot'),
    };
  }
}
