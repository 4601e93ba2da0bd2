/** `checkReplicable`: whether a machine can be replicated faithfully, by its definition and by running it. */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import {
  type Covered,
  exerciseMachine,
  type ExerciseOptions,
} from '../../machines/replica/exercise.ts';
import type { Note, ObservedProblem } from '../../machines/replica/exercise-report.ts';
import { checkReplicable as checkDefinition } from '../../machines/replica/replicable.ts';
import type { Problem } from '../../machines/replica/replicable-problem.ts';
import type { Definition } from '../../machines/replica/replicated.ts';
import { realClock } from '../clock.ts';
import { inAlteredWorld } from './altered-world.ts';

export type CheckOptions = Readonly<{
  /** Its name in the cluster. */
  name?: string;
  /**
   * Events with payloads. Those that the chart mentions are tried without one anyway. An event
   * `xstate.init` gives an `input` to begin with; `xstate.done.actor.ID` an `output`,
   * `xstate.error.actor.ID` an `error` with which an effect may end.
   */
  events?: readonly MachineEvent[];
  /** The names of all machines of the cluster, so that `sendToInstance` can be checked. */
  machineNames?: readonly string[];
  /** By default 2,000. */
  statesMax?: number;
  /** Transitions to try; by default 50,000. */
  stepsMax?: number;
  /** By default 10,000. */
  timeMsMax?: number;
  onProgress?: ExerciseOptions['onProgress'];
}>;

export type CheckReport = Readonly<{
  ok: boolean;
  problems: readonly (Problem | ObservedProblem)[];
  /** What does not stand in the way, but may be worth knowing. */
  notes: readonly Note[];
  /** What was tried; null where the definition alone told enough. */
  covered: Covered | null;
}>;

/**
 * No effect is run and nothing is written. While it lasts, `Date`, `Math.random` and the like
 * show other values to the machine's own code, so nothing else must run meanwhile; nothing can,
 * since it does not wait for anything.
 */
export function checkReplicable(definition: Definition, options: CheckOptions = {}): CheckReport {
  const { name = 'machine', timeMsMax = 10_000, ...exercise } = options;
  const problems = checkDefinition(name, definition);
  if (problems.length > 0) return { ok: false, problems, notes: [], covered: null };

  const untilMs = realClock.nowMs() + timeMsMax;
  const found = inAlteredWorld(
    () => realClock.nowMs() > untilMs,
    (surroundings) => exerciseMachine(definition, surroundings, exercise),
  );
  return { ok: found.problems.length === 0, ...found };
}
