/**
 * One history: whoever sees an instance as of an index, by whatever kind of read, answer or
 * subscription and at whichever node, sees the state that this entry left behind.
 */
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Finding } from './glimpse.ts';
import { isSameData } from './same-data.ts';

export function oneHistory() {
  /** An entry concerns one instance, so its index tells which. */
  const states: { instance: string; view: InstanceView }[] = [];

  return (instance: string, index: number, view: InstanceView | null): Finding => {
    if (view === null) return null;
    const known = (states[index] ??= { instance, view });
    if (known.instance === instance && isSameData(known.view, view)) return null;
    const [theirs, ours] = [JSON.stringify(known.view), JSON.stringify(view)];
    return `at ${index} ${known.instance} was seen as ${theirs}, and ${instance} as ${ours}`;
  };
}
