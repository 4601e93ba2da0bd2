/**
 * What can happen to a machine: each event that its chart mentions, without a payload, and those
 * that the user gave. Among the latter, some of XState's own tell what is not an event from a
 * client: `xstate.init` an input, `xstate.done.actor.ID` and `xstate.error.actor.ID` how an
 * effect ends, `xstate.snapshot.ID` what an observable shows.
 */
import type { AnyStateMachine } from 'xstate';
import type { Said } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import type { Invocation } from './pending.ts';
import { actorsOf } from './replicable-actors.ts';
import { isMachine } from './xstate5-effects.ts';
import { statesOf } from './xstate5-snapshot.ts';

export type Repertoire = Readonly<{
  inputs: readonly unknown[];
  events: readonly MachineEvent[];
  /** What an effect may have to say. */
  sayings: (invocation: Invocation) => readonly Said[];
}>;

const init = 'xstate.init';
const done = 'xstate.done.actor.';
const failed = 'xstate.error.actor.';
const shows = 'xstate.snapshot.';

/** Why this event cannot be tried; null if it can. */
export function whyNotTried(event: unknown): string | null {
  const { type } = (event ?? {}) as { type?: unknown };
  if (typeof type !== 'string' || type === '') return 'it has no `type` that is a string';
  if (!type.startsWith('xstate.') || type === init) return null;
  return [done, failed, shows].some((prefix) => type.startsWith(prefix))
    ? null
    : `of XState's own events, only ${init}, ${done}ID, ${failed}ID and ${shows}ID can be tried`;
}

export function repertoireOf(machine: AnyStateMachine, given: readonly MachineEvent[]): Repertoire {
  const inputs = given.filter(({ type }) => type === init).map(({ input }) => input);
  const events = given.filter(({ type }) => !type.startsWith('xstate.'));
  const machines = machinesIn(machine);
  // To the machine itself, a client can send the same.
  const toChildren = machines.length === 1 ? [] : [...bareEvents(machines), ...events];
  return {
    inputs: [undefined, ...inputs],
    events: [...bareEvents([machine]), ...events],
    sayings(invocation) {
      const ends = endingsOf(invocation, given);
      const isMute = ends.some(({ type }) => /\.(resolve|next)$/.test(type));
      // A callback ends only by failing.
      return [
        ...ends.map((event): Said => ({ to: 'itself', event })),
        ...(ends.length > 0 ? [] : [{ to: 'failure', error: failure } as const]),
        ...(isMute ? [] : toChildren.map((event): Said => ({ to: 'parent', event }))),
      ];
    },
  };
}

/** The machine and all below it. */
function machinesIn(machine: AnyStateMachine): readonly AnyStateMachine[] {
  const found = new Set<AnyStateMachine>();
  const add = (each: AnyStateMachine): void => {
    if (found.has(each)) return;
    found.add(each);
    for (const [, logic] of actorsOf(each)) if (isMachine(logic)) add(logic);
  };
  add(machine);
  return [...found];
}

function bareEvents(machines: readonly AnyStateMachine[]): readonly MachineEvent[] {
  const descriptors = machines
    .flatMap(({ root }) => statesOf(root))
    .flatMap((node) => [...node.transitions.keys()])
    .filter((descriptor) => !descriptor.startsWith('xstate.'));
  // For `*` and `sensor.*`, something that nobody calls by its name.
  const types = descriptors.map((descriptor) => descriptor.replace(/\*$/, 'anything'));
  return [...new Set(types)].map((type) => ({ type }));
}

const failure = Object.freeze(new Error('an error that the check made up'));

/** What this kind of actor may have to say. Only its own reducer knows which kind it is. */
function endingsOf(
  { logic, name, actorId }: Invocation,
  given: readonly MachineEvent[],
): readonly MachineEvent[] {
  const of = (prefix: string): readonly MachineEvent[] =>
    given.filter(({ type }) => type === prefix + actorId || type === prefix + name);
  const outputs = of(done).map(({ output }) => output);
  const errors = of(failed).map(({ error }) => error);
  const shown = of(shows).map((event) => contextOf(event.snapshot));

  return [
    ...orElse(outputs, undefined).map((data) => ({ type: 'xstate.promise.resolve', data })),
    ...orElse(errors, failure).flatMap((data) => [
      { type: 'xstate.promise.reject', data },
      { type: 'xstate.observable.error', data },
    ]),
    ...orElse(shown, undefined).map((data) => ({ type: 'xstate.observable.next', data })),
    { type: 'xstate.observable.complete' },
  ].filter((event) => understands(logic, event));
}

const orElse = (values: readonly unknown[], other: unknown): readonly unknown[] =>
  values.length > 0 ? values : [other];

const contextOf = (snapshot: unknown): unknown =>
  typeof snapshot === 'object' && snapshot !== null && 'context' in snapshot
    ? snapshot.context
    : undefined;

type Reducer = Readonly<{
  transition(snapshot: object, event: object, scope: object): unknown;
}>;

function understands(logic: unknown, event: object): boolean {
  const before = { status: 'active', input: undefined, context: unsaid };
  try {
    return (logic as Reducer).transition(before, event, { self: {}, system: {} }) !== before;
  } catch {
    return false;
  }
}

const unsaid = Object.freeze({});
