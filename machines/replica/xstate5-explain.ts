/** Why an instance moved as it did: what XState tells of a step, in the words of its chart. */
import type { AnyMachineSnapshot } from 'xstate';
import type { Explanation } from '../protocol/chart.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import { refusalsOf, transitionId } from './xstate5-chart.ts';
import type { Microstep } from './xstate5-findings.ts';

/**
 * `event` is what the machine itself heard; null where that was another of its actors. Then it is
 * explained by the first thing that one made the machine hear, if it did.
 */
export function explanationOf(
  before: AnyMachineSnapshot,
  event: MachineEvent | null,
  microsteps: readonly Microstep[],
): Explanation {
  const heard = event ?? microsteps[0]?.event;
  const { refusals, isMentioned } =
    heard === undefined ? { refusals: [], isMentioned: true } : asked(before, heard);
  return { microsteps: microsteps.flatMap(named), refusals, unmentioned: !isMentioned };
}

/** Those that took a transition. */
function named({ event, transitions }: Microstep): Explanation['microsteps'] {
  const ids = transitions.flatMap((transition) => transitionId(transition) ?? []);
  return ids.length === 0 ? [] : [{ event: event.type, transitions: ids }];
}

/** A guard that throws makes the step void, and the outcome says so already. */
function asked(before: AnyMachineSnapshot, event: MachineEvent): ReturnType<typeof refusalsOf> {
  try {
    return refusalsOf(before, event);
  } catch {
    return { refusals: [], isMentioned: true };
  }
}
