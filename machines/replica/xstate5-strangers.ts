/**
 * Each state of an XState machine remembers, for ever, every event type that it was asked
 * about. Types come from outside, so a client that makes them up could fill our memory. Events
 * that the chart does not call by their name are therefore tried on a copy of the machine, and
 * the copy is thrown away from time to time.
 */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { type Body, bodyOf, rebase, statesOf } from './xstate5-snapshot.ts';

const strangersPerCopyMax = 1_000;

/** Gives the copy on which to try an event of this type, or null if the machine knows its name. */
export function strangersAside(machine: AnyStateMachine): (eventType: string) => Body | null {
  const named = new Set(statesOf(machine.root).flatMap((node) => [...node.transitions.keys()]));
  // No state is asked about it.
  named.add('xstate.stop');
  let copy: Body | null = null;
  let tried = 0;

  return (eventType) => {
    if (named.has(eventType)) return null;
    if (copy === null || tried >= strangersPerCopyMax) {
      copy = bodyOf(machine.provide({}));
      tried = 0;
    }
    tried += 1;
    return copy;
  };
}

export type Transition = (
  snapshot: AnyMachineSnapshot,
  event: MachineEvent,
  scope: AnyActorScope,
) => AnyMachineSnapshot;

/** The machine's own reducer, except that it forgets strangers. */
export function forgetfulTransition(machine: AnyStateMachine): Transition {
  const aside = strangersAside(machine);
  const body = bodyOf(machine);

  return (snapshot, event, scope) => {
    const copy = aside(event.type);
    if (copy === null) return machine.transition(snapshot, event, scope);
    const from = rebase(snapshot, copy);
    const to = copy.machine.transition(from, event, scope);
    return to === from ? snapshot : rebase(to, body);
  };
}
