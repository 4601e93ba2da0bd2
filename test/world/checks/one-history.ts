/**
 * One history: whoever sees an instance as of an index, by whatever kind of read, answer or
 * subscription and at whichever node, sees the state that this entry left behind.
 */
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Finding } from './glimpse.ts';

export function oneHistory() {
  const states = new Map<string, string>();

  return (instance: string, index: number, view: InstanceView | null): Finding => {
    if (view === null) return null;
    const at = `${instance} at ${index}`;
    const state = JSON.stringify(view);
    const known = states.get(at);
    if (known === undefined) states.set(at, state);
    return known === undefined || known === state
      ? null
      : `${at} was seen as ${known} and as ${state}`;
  };
}
