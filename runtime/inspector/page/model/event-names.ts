/** What an event is called for people: XState's own have names that only XState reads. */
import type { Chart } from '../../../../machines/protocol/chart.ts';
import { allTransitions, familyOf } from '../../drawing/family.ts';

const known = new WeakMap<Chart, ReadonlyMap<string, string>>();

export function eventName(chart: Chart | null, type: string): string {
  if (chart === null) return type;
  const names = known.get(chart) ?? namesIn(chart);
  known.set(chart, names);
  return names.get(type) ?? type;
}

/** `after backOff (waiting)`: the same delay may be that of several states. */
function namesIn(chart: Chart): ReadonlyMap<string, string> {
  const transitions = [...allTransitions(familyOf(chart)).values()];
  return new Map(
    transitions
      .filter(({ kind }) => kind !== 'event' && kind !== 'always')
      .map(({ id, event, label }) => {
        const state = id.slice(0, id.lastIndexOf('#')).split('.').at(-1);
        return [event, `${label} (${state})`];
      }),
  );
}
