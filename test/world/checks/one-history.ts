/**
 * One history: whoever sees an instance as of an index, by whatever kind of read, answer or
 * subscription and at whichever node, sees the state that this entry left behind.
 */
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Finding } from './glimpse.ts';
import { isSameData } from './same-data.ts';

type State = Readonly<{ instance: string; view: InstanceView }>;

export function oneHistory() {
  /** An entry concerns one instance, so its index tells which. */
  const states: State[] = [];
  /** Unless it is that by which a machine goes over to its next definition. */
  const upgrades = new Map<number, Map<string, State>>();

  function known(index: number, state: State): State {
    const upgraded = upgrades.get(index);
    if (upgraded === undefined) return (states[index] ??= state);
    const first = upgraded.get(state.instance) ?? state;
    upgraded.set(state.instance, first);
    return first;
  }

  return {
    upgraded(index: number): void {
      if (!upgrades.has(index)) upgrades.set(index, new Map());
    },
    saw(instance: string, index: number, view: InstanceView | null): Finding {
      if (view === null) return null;
      const first = known(index, { instance, view });
      if (first.instance === instance && isSameData(first.view, view)) return null;
      const [theirs, ours] = [JSON.stringify(first.view), JSON.stringify(view)];
      return `at ${index} ${first.instance} was seen as ${theirs}, and ${instance} as ${ours}`;
    },
  };
}
