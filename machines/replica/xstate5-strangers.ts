/**
 * Each state of an XState machine remembers, for ever, every event type that it was asked
 * about. Types come from outside, so a client that makes them up could fill our memory. Events
 * that the chart does not call by their name are therefore tried on a copy of the machine, and
 * the copy is thrown away from time to time.
 */
import type { AnyStateMachine } from 'xstate';
import { type Body, bodyOf, statesOf } from './xstate5-snapshot.ts';

const strangersPerCopyMax = 1_000;

/** Gives the copy on which to try an event of this type, or null if the machine knows its name. */
export function strangersAside(machine: AnyStateMachine): (eventType: string) => Body | null {
  const named = new Set(statesOf(machine.root).flatMap((node) => [...node.transitions.keys()]));
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
