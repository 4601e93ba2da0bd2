/**
 * Runs a machine through what can happen to it, and watches every step: each is taken several
 * times under another clock and other dice, and all that it leaves behind is looked at. Pure:
 * effects are not run, they are said to have ended, each way that they can. States are visited
 * breadth-first, those of rarely seen configurations before others, within given bounds.
 */
import type { MachineEvent } from '../protocol/entry.ts';
import { nobodyYet } from './exercise-actors.ts';
import { repertoireOf } from './exercise-events.ts';
import { createFrontier } from './exercise-frontier.ts';
import { createReport, type Note, type ObservedProblem } from './exercise-report.ts';
import { stimuli, type Stimulus } from './exercise-stimuli.ts';
import type { Surroundings } from './exercise-surroundings.ts';
import { type Place, type Step, take } from './exercise-take.ts';
import { type Trial, tryStep } from './exercise-trial.ts';
import { nothingPending } from './pending.ts';
import { occasion } from './replicable-occasion.ts';
import { definitionOf, type Definition, isOnceBy } from './replicated.ts';
import { xstate5Engine } from './xstate5-engine.ts';
import { happenings, type Link, type Visit, whereOf } from './exercise-visit.ts';

export type ExerciseOptions = Readonly<{
  /** Events to try besides those that the chart mentions, which are tried without a payload. */
  events?: readonly MachineEvent[] | undefined;
  /** All machines of the cluster, where they are known. */
  machineNames?: readonly string[] | undefined;
  statesMax?: number | undefined;
  stepsMax?: number | undefined;
  onProgress?: ((covered: Pick<Covered, 'states' | 'steps'>) => void) | undefined;
}>;

/** Enough for most. Where a context counts, there is always more. */
const exerciseLimits = { statesMax: 2_000, stepsMax: 50_000, problemsMax: 50 } as const;

export type Exercise = Readonly<{
  problems: readonly ObservedProblem[];
  /** Nothing that stands in the way, but worth knowing. */
  notes: readonly Note[];
  covered: Covered;
}>;

export type Covered = Readonly<{
  states: number;
  steps: number;
  /** Null where there was nothing more to try. */
  endedBy: 'states' | 'steps' | 'time' | 'problems' | null;
  /** States of the machine itself in which it never came to rest. */
  unreached: readonly string[];
}>;

/** For a machine in whose definition `checkReplicable` found nothing. */
export function exerciseMachine(
  definition: Definition,
  surroundings: Surroundings,
  options: ExerciseOptions = {},
): Exercise {
  const { machine, replication } = definitionOf(definition);
  const { statesMax = exerciseLimits.statesMax, stepsMax = exerciseLimits.stepsMax } = options;
  const parts = { engine: xstate5Engine(machine), surroundings, isOnce: isOnceBy(replication) };
  const repertoire = repertoireOf(machine, options.events ?? []);
  const report = createReport(machine);
  const frontier = createFrontier<Visit>();
  const visited = new Set<string>();
  let steps = 0;
  let isCrowded = false;

  function arrive(visit: Visit): void {
    const { imprint, standing } = visit.place;
    if (visited.has(imprint)) return;
    if (visited.size >= statesMax) {
      isCrowded = true;
      return;
    }
    visited.add(imprint);
    report.reached(standing.states);
    // Nothing happens any more to one that is over.
    if (standing.figure.status === 'active') frontier.add(standing.configuration, visit);
  }

  const attempt = (step: Step, from: Place | null, brings: unknown): Trial => {
    steps += 1;
    return tryStep({
      from,
      brings,
      again: (circumstances) => take(parts, step, circumstances),
      machineNames: options.machineNames ?? null,
    });
  };

  function begin(input: unknown): Trial {
    const run = () => parts.engine.init(input);
    const trial = attempt(
      { run, ensemble: nobodyYet, pending: nothingPending, depth: 0, isOwn: false },
      null,
      input,
    );
    const when = occasion('xstate.init');
    report.add(trial, { when, where: () => '', how: () => [when] });
    if (trial.to !== null) arrive({ place: trial.to, how: null });
    return trial;
  }

  function go({ place, how }: Visit, stimulus: Stimulus): void {
    const { when, brings, isOwn, eventType } = stimulus;
    const run = () => stimulus.take(parts.engine, place.snapshot);
    const pending = stimulus.left(place.pending);
    const { ensemble, depth } = place;
    const step = { run, ensemble, pending, depth: depth + 1, isOwn };
    const trial = attempt(step, place, brings);
    const link: Link = { when, before: how };
    report.add(trial, {
      when,
      where: () => whereOf(machine, place, eventType),
      how: () => happenings(link),
    });
    if (trial.to !== null) arrive({ place: trial.to, how: link });
  }

  const endedBy = (): Covered['endedBy'] => {
    if (steps >= stepsMax) return 'steps';
    if (report.problems.length >= exerciseLimits.problemsMax) return 'problems';
    return surroundings.isEnough() ? 'time' : null;
  };

  const begun = repertoire.inputs.map(begin);
  if (begun.every(({ to, found }) => to === null && found.length === 0)) {
    report.cannotBegin(begun.flatMap(({ noted }) => noted)[0]);
  }
  let ended: Covered['endedBy'] = null;
  for (let visit = frontier.next(); visit !== null && ended === null; visit = frontier.next()) {
    for (const stimulus of stimuli(visit.place.pending, repertoire)) {
      ended = endedBy();
      if (ended !== null) break;
      go(visit, stimulus);
    }
    options.onProgress?.({ states: visited.size, steps });
  }
  return {
    problems: report.problems,
    notes: report.notes,
    covered: {
      states: visited.size,
      steps,
      endedBy: ended ?? (isCrowded ? 'states' : null),
      unreached: visited.size === 0 ? [] : report.unreached(),
    },
  };
}
