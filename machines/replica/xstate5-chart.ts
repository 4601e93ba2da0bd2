/**
 * A machine's chart as data, and why one of its states did or did not take an event. Reads the
 * definition alone: no step is taken, no action is run.
 */
import {
  getStateNodes,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type StateNode,
} from 'xstate';
import type { Chart, ChartState, ChartTransition, Offer, Refusal } from '../protocol/chart.ts';
import type { MachineEvent } from '../protocol/entry.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- Of whatever machine: nothing here looks at its types.
type Node = StateNode<any, any>;

/** What XState asks a state node for itself, and keeps out of its types. */
type Chooser = {
  next(
    snapshot: AnyMachineSnapshot,
    event: MachineEvent,
  ): readonly AnyTransitionDefinition[] | undefined;
};

const charts = new WeakMap<AnyStateMachine, Chart>();
const ids = new WeakMap<AnyTransitionDefinition, string>();

/** Made once for each machine. */
export function chartOf(machine: AnyStateMachine): Chart {
  const known = charts.get(machine);
  if (known !== undefined) return known;
  const chart = { id: machine.id, root: stateOf(machine.root) };
  charts.set(machine, chart);
  return chart;
}

/** Its id in its machine's chart; null if it is XState's own, such as the one that begins a machine. */
export function transitionId(transition: AnyTransitionDefinition): string | null {
  const known = ids.get(transition);
  if (known !== undefined) return known;
  chartOf((transition.source as Node).machine);
  return ids.get(transition) ?? null;
}

/** Of a snapshot: the ids of all states that it is in, in no particular order. */
export const activeStates = (snapshot: AnyMachineSnapshot): readonly string[] =>
  nodesOf(snapshot).map(({ id }) => id);

/** XState names a parallel state within another as often as it comes by. */
const nodesOf = ({ machine, value }: AnyMachineSnapshot): readonly Node[] => [
  ...new Set(getStateNodes(machine.root, value) as readonly Node[]),
];

/**
 * The transitions that the event might have taken in this snapshot, had their guards not said
 * no. `isMentioned` is false where no state that it is in knows the event at all.
 */
export function refusalsOf(
  snapshot: AnyMachineSnapshot,
  event: MachineEvent,
): Readonly<{ refusals: readonly Refusal[]; isMentioned: boolean }> {
  const refusals: Refusal[] = [];
  let isMentioned = false;
  const asked = new Set<Node>();
  const taken = new Set<Node>();
  for (const leaf of leavesOf(snapshot)) {
    for (let node: Node | undefined = leaf; node !== undefined; node = node.parent as Node) {
      if (taken.has(node)) break;
      if (asked.has(node)) continue;
      asked.add(node);
      const candidates = candidatesOf(node, event.type);
      if (candidates.length === 0) continue;
      isMentioned = true;
      const [chosen] = (node as unknown as Chooser).next(snapshot, event) ?? [];
      for (const candidate of candidates) {
        if (candidate === chosen) break;
        const id = transitionId(candidate);
        if (id !== null) refusals.push({ transition: id, guard: guardName(candidate.guard) ?? '' });
      }
      // Like XState: what a state takes, the states around it are not asked about.
      if (chosen === undefined) continue;
      taken.add(node);
      break;
    }
  }
  return { refusals, isMentioned };
}

/**
 * The events that the states it is in mention by name, and what would become of each. XState's own
 * are left out, and wildcards, which are no names.
 */
export function offersOf(snapshot: AnyMachineSnapshot): readonly Offer[] {
  if (snapshot.status !== 'active') return [];
  const guards = new Map<string, Set<string>>();
  for (const leaf of leavesOf(snapshot)) {
    for (let node: Node | undefined = leaf; node !== undefined; node = node.parent as Node) {
      for (const [type, transitions] of node.transitions) {
        if (type === '' || type.includes('*') || type.startsWith('xstate.')) continue;
        const names = guards.get(type) ?? new Set();
        guards.set(type, names);
        for (const { guard } of transitions) {
          const name = guardName(guard);
          if (name !== null) names.add(name);
        }
      }
    }
  }
  return [...guards].map(([type, names]) => ({
    type,
    wouldBeTaken: wouldBeTaken(snapshot, type),
    guards: [...names],
  }));
}

function wouldBeTaken(snapshot: AnyMachineSnapshot, type: string): boolean | null {
  try {
    return snapshot.can({ type });
  } catch {
    return null;
  }
}

const leavesOf = (snapshot: AnyMachineSnapshot): readonly Node[] =>
  nodesOf(snapshot).filter(({ type }) => type === 'atomic' || type === 'final');

/** In the order in which XState tries them: the event itself, then ever shorter wildcards. */
function candidatesOf(node: Node, eventType: string): readonly AnyTransitionDefinition[] {
  const exact = node.transitions.get(eventType) ?? [];
  const wild = [...node.transitions.keys()]
    .filter((descriptor) => descriptor !== eventType && isWithin(eventType, descriptor))
    .toSorted((a, b) => b.length - a.length)
    .flatMap((descriptor) => node.transitions.get(descriptor) ?? []);
  return [...exact, ...wild];
}

const isWithin = (eventType: string, descriptor: string): boolean =>
  descriptor === '*' ||
  (descriptor.endsWith('.*') && `${eventType}.`.startsWith(descriptor.slice(0, -1)));

function stateOf(node: Node): ChartState {
  const initial = node.type === 'compound' ? node.initial.target?.[0] : undefined;
  return {
    id: node.id,
    key: node.key,
    kind: kindOf(node),
    description: node.description ?? null,
    initial: (initial as Node | undefined)?.id ?? null,
    tags: [...node.tags],
    entry: actionNames(node.entry, node),
    exit: actionNames(node.exit, node),
    invokes: node.invoke.map(({ id, src }) => ({
      id,
      src: typeof src === 'string' && !src.startsWith('xstate.invoke.') ? src : 'inline',
    })),
    transitions: transitionsOf(node),
    states: Object.values(node.states as Record<string, Node>).map(stateOf),
  };
}

function kindOf({ type, history }: Node): ChartState['kind'] {
  if (type !== 'history') return type;
  return history === 'deep' ? 'deep-history' : 'shallow-history';
}

function transitionsOf(node: Node): readonly ChartTransition[] {
  const always = node.always ?? [];
  const all = [...node.transitions.values()].flat().concat(always);
  return all.map((transition, nth) => {
    const id = `${node.id}#${nth}`;
    ids.set(transition, id);
    const { eventType, guard, target, actions, reenter, description } = transition;
    return {
      id,
      event: eventType,
      ...named(eventType, node),
      guard: guardName(guard),
      targets: (target ?? []).map((state) => (state as Node).id),
      actions: actionNames(actions, node),
      reenter,
      description: description ?? null,
    };
  });
}

const afterPrefix = 'xstate.after.';

/** What XState's own event types mean, in words. */
function named(eventType: string, { id }: Node): Pick<ChartTransition, 'kind' | 'label'> {
  if (eventType === '') return { kind: 'always', label: 'always' };
  if (eventType.startsWith(afterPrefix)) {
    const delay = eventType.slice(afterPrefix.length, -id.length - 1);
    const isNumber = /^\d+(\.\d+)?$/.test(delay);
    return { kind: 'after', label: isNumber ? `after ${delay} ms` : `after ${delay}` };
  }
  for (const [prefix, kind] of ends) {
    if (!eventType.startsWith(prefix)) continue;
    const who = eventType.slice(prefix.length);
    return { kind, label: who === id ? kind : `${kind}: ${who}` };
  }
  return { kind: 'event', label: eventType };
}

const ends = [
  ['xstate.done.state.', 'done'],
  ['xstate.done.actor.', 'done'],
  ['xstate.error.actor.', 'error'],
  ['xstate.snapshot.', 'snapshot'],
] as const;

type Named = Readonly<{ type?: unknown; guards?: readonly unknown[]; name?: string }>;

function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === 'string') return guard;
  const { type, guards, name } = guard as Named;
  if (typeof type === 'string') return type;
  const parts = guards?.map((part) => guardName(part) ?? '');
  if (parts !== undefined) return name === 'not' ? `not ${parts.join()}` : parts.join(` ${name} `);
  return name !== undefined && name !== '' && name !== 'guard' ? name : 'inline';
}

/** Without the timers that `after` brings along: its transitions tell of them already. */
function actionNames(actions: readonly unknown[], { id }: Node): readonly string[] {
  return actions.flatMap((action) => {
    if (typeof action === 'string') return action;
    const { type, name, event, sendId } = action as Named & { event?: Named; sendId?: unknown };
    const timer = type === 'xstate.raise' ? event?.type : type === 'xstate.cancel' ? sendId : null;
    if (typeof timer === 'string' && timer.startsWith(afterPrefix) && timer.endsWith(`.${id}`)) {
      return [];
    }
    if (typeof type === 'string') return type.replace(/^xstate\./, '');
    return name !== undefined && name !== '' && name !== 'actions' ? name : 'inline';
  });
}
