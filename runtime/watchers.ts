/** Who wants to see the applied events of which instance. */
import type { AppliedEvent } from './service.ts';

export type Watchers = Readonly<{
  watch(machine: string, key: string, seen: (event: AppliedEvent) => void): () => void;
  tell(event: AppliedEvent): void;
}>;

export function createWatchers(): Watchers {
  const byMachine = new Map<string, Map<string, Set<(event: AppliedEvent) => void>>>();

  return {
    watch(machine, key, seen) {
      const byKey = byMachine.get(machine) ?? new Map<string, Set<typeof seen>>();
      const watching = byKey.get(key) ?? new Set();
      byMachine.set(machine, byKey);
      byKey.set(key, watching);
      watching.add(seen);
      return () => {
        watching.delete(seen);
        if (watching.size > 0) return;
        if (byKey.get(key) === watching) byKey.delete(key);
      };
    },
    tell(event) {
      const watching = byMachine.get(event.machine)?.get(event.key);
      if (watching !== undefined) for (const seen of watching) seen(event);
    },
  };
}
