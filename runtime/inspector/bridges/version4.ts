/**
 * A chart as a configuration that XState 4 can read, and XState 5's words in those of version 4.
 * Each state keeps its id, and every target is named by it, so that it does not matter which
 * version counts what from where.
 */
import type { Chart, ChartState, ChartTransition } from '../../../machines/protocol/chart.ts';

export type Version4State = {
  id: string;
  key?: string;
  type?: 'parallel' | 'final' | 'history';
  history?: 'shallow' | 'deep';
  initial?: string;
  description?: string;
  tags?: readonly string[];
  entry?: readonly string[];
  exit?: readonly string[];
  invoke?: readonly Readonly<{ id: string; src: string }>[];
  on?: Record<string, Version4Transition[]>;
  always?: Version4Transition[];
  after?: Record<string, Version4Transition[]>;
  states?: Record<string, Version4State>;
};

export type Version4Transition = Readonly<{
  target?: readonly string[];
  cond?: string;
  actions?: readonly string[];
  internal: boolean;
  description?: string;
}>;

export type Version4Config = Version4State & Readonly<{ predictableActionArguments: true }>;

export const version4Of = ({ root }: Chart): Version4Config => ({
  ...stateOf(root),
  key: root.key,
  predictableActionArguments: true,
});

function stateOf(state: ChartState): Version4State {
  const { id, description, tags, entry, exit, invokes, states } = state;
  const made: Version4State = { id, ...typeOf(state) };
  if (description !== null) made.description = description;
  if (tags.length > 0) made.tags = tags;
  if (entry.length > 0) made.entry = entry;
  if (exit.length > 0) made.exit = exit;
  if (invokes.length > 0) made.invoke = invokes;
  // It says `initial` by a state's name alone, and enters the rest by their own.
  const first = states.find((child) => holds(child, state.initial));
  if (first !== undefined) made.initial = first.key;
  for (const transition of state.transitions) add(made, state, transition);
  if (states.length > 0) {
    made.states = Object.fromEntries(states.map((child) => [child.key, stateOf(child)]));
  }
  return made;
}

function typeOf({ kind }: ChartState): Pick<Version4State, 'type' | 'history'> {
  switch (kind) {
    case 'shallow-history':
      return { type: 'history', history: 'shallow' };
    case 'deep-history':
      return { type: 'history', history: 'deep' };
    case 'parallel':
    case 'final':
      return { type: kind };
    default:
      return {};
  }
}

const holds = (state: ChartState, id: string | null): boolean =>
  state.id === id || state.states.some((child) => holds(child, id));

function add(made: Version4State, source: ChartState, transition: ChartTransition): void {
  const { kind, event, guard, targets, actions, reenter, description } = transition;
  const isWithin = targets.every((target) => holds(source, target));
  const converted: Version4Transition = {
    ...(targets.length > 0 && { target: targets.map((target) => `#${target}`) }),
    ...(guard !== null && { cond: guard }),
    ...(actions.length > 0 && { actions }),
    internal: !reenter && isWithin,
    ...(description !== null && { description }),
  };
  if (kind === 'always') (made.always ??= []).push(converted);
  else if (kind === 'after') ((made.after ??= {})[delayOf(event, source)] ??= []).push(converted);
  else ((made.on ??= {})[version4Event(event)] ??= []).push(converted);
}

const afterPrefix = 'xstate.after.';

const delayOf = (event: string, { id }: ChartState): string =>
  event.slice(afterPrefix.length, -id.length - 1);

const renamed = [
  ['xstate.done.state.', 'done.state.'],
  ['xstate.done.actor.', 'done.invoke.'],
  ['xstate.error.actor.', 'error.platform.'],
] as const;

/**
 * What version 4 calls an event. For the deadline of a state it needs to know the states: where
 * none of their ids fits, the event keeps its name.
 */
export function version4Event(event: string, states: readonly string[] = []): string {
  for (const [prefix, name] of renamed) {
    if (event.startsWith(prefix)) return name + event.slice(prefix.length);
  }
  if (!event.startsWith(afterPrefix)) return event;
  const rest = event.slice(afterPrefix.length);
  const state = states
    .filter((id) => rest.endsWith(`.${id}`))
    .toSorted((a, b) => b.length - a.length)[0];
  return state === undefined ? event : `xstate.after(${rest.slice(0, -state.length - 1)})#${state}`;
}

export const stateIdsOf = ({ root }: Chart): readonly string[] => {
  const ids: string[] = [];
  const visit = ({ id, states }: ChartState): void => {
    ids.push(id);
    states.forEach(visit);
  };
  visit(root);
  return ids;
};
