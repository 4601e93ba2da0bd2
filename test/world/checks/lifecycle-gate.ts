/**
 * What the cluster agreed to do holds for everybody: in Init and Stopped, no machine but the
 * lifecycle takes an event.
 */
import type { Command, Entry } from '../../../machines/protocol/entry.ts';
import type { Application } from '../../../machines/replica/replica.ts';
import type { Finding } from './glimpse.ts';

export function lifecycleGate() {
  let lifecycle: unknown = 'Init';
  let seenThrough = 0;

  /** Each entry counts when the first node applies it; that is in order. */
  return (
    { index }: Entry,
    { machine, key }: Command,
    { outcome, duplicate }: Application,
  ): Finding => {
    if (index <= seenThrough) return null;
    seenThrough = index;
    if (duplicate || outcome.end !== 'committed') return null;
    if (machine === 'lifecycle') {
      lifecycle = outcome.view?.value;
      return null;
    }
    return lifecycle === 'Running'
      ? null
      : `${machine}/${key} took ${index} though the cluster was ${String(lifecycle)}`;
  };
}
