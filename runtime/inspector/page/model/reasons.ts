/** Why an event moved an actor, or why it did nothing: a sentence. */
import type { Explanation } from '../../../../machines/protocol/chart.ts';
import type { Chart, ChartTransition } from '../../../../machines/protocol/chart.ts';
import { allTransitions, familyOf } from '../../drawing/family.ts';
import { eventName } from './event-names.ts';

export type Reason = Readonly<{
  /** `nothing`: it did nothing. `stayed`: it was taken, and no state was left. */
  kind: 'moved' | 'stayed' | 'nothing';
  sentence: string;
  /** A line for each guard that said no. */
  refusals: readonly string[];
  /** Transitions taken, for the drawing. */
  taken: readonly string[];
  refused: readonly string[];
}>;

/** `chart` is null for an actor that is none. */
export function reasonOf(type: string, explanation: Explanation, chart: Chart | null): Reason {
  const event = eventName(chart, type);
  const transitions =
    chart === null ? new Map<string, ChartTransition>() : allTransitions(familyOf(chart));
  const taken = explanation.microsteps.flatMap((microstep) => microstep.transitions);
  const refused = explanation.refusals.map(({ transition }) => transition);
  const refusals = explanation.refusals.map(({ transition, guard }) => {
    const to = transitions.get(transition)?.targets.map(nameOf).join(', ') ?? '';
    const where = to === '' ? '' : `, so not to ${to}`;
    return `${guard === '' ? 'a guard' : guard} said no in ${nameOf(sourceOf(transition))}${where}`;
  });
  const moves = taken.flatMap((id) => {
    const targets = transitions.get(id)?.targets ?? [];
    return targets.length === 0
      ? []
      : [`${nameOf(sourceOf(id))} → ${targets.map(nameOf).join(', ')}`];
  });
  const told = { refusals, taken, refused };
  if (moves.length > 0)
    return { ...told, kind: 'moved', sentence: `${event}: ${moves.join('; ')}` };
  const acts = taken.some((id) => (transitions.get(id)?.actions.length ?? 0) > 0);
  if (acts)
    return { ...told, kind: 'stayed', sentence: `${event}: acted, and stayed where it was` };
  return { ...told, kind: 'nothing', sentence: `${event} did nothing: ${why(explanation)}` };
}

function why({ unmentioned, refusals, microsteps }: Explanation): string {
  if (unmentioned) return 'no state that it was in mentions it';
  const guards = [...new Set(refusals.map(({ guard }) => guard || 'a guard'))];
  if (microsteps.length === 0 && guards.length > 0) return `${guards.join(' and ')} said no`;
  return 'the state knows it, and ignores it';
}

const sourceOf = (transition: string): string => transition.slice(0, transition.lastIndexOf('#'));

/** `node.role.leader` is `leader`. */
const nameOf = (state: string): string => state.slice(state.lastIndexOf('.') + 1);
