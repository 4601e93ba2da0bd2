/** Who wants to see the applied events of which instance. */
import type { AppliedEvent } from './service.ts';

export type Watcher = Readonly<{
  seen: (event: AppliedEvent) => void;
  /** It may stand elsewhere without any event: another definition of its machine is in force. */
  upgraded: () => void;
}>;

export type Watchers = Readonly<{
  watch(
    machine: string,
    key: string,
    seen: Watcher['seen'],
    upgraded?: Watcher['upgraded'],
  ): () => void;
  /** Of every instance, until it is called off. */
  watchAll(seen: Watcher['seen']): () => void;
  tell(event: AppliedEvent): void;
  tellAll(machine: string): void;
  /** Nobody is told anything any more. */
  close(): void;
}>;

export function createWatchers(): Watchers {
  let isClosed = false;
  const watchingAll = new Set<Watcher['seen']>();
  const byMachine = new Map<string, Map<string, Set<Watcher>>>();

  return {
    watch(machine, key, seen, upgraded = () => {}) {
      const byKey = byMachine.get(machine) ?? new Map<string, Set<Watcher>>();
      const watching = byKey.get(key) ?? new Set();
      const watcher: Watcher = { seen, upgraded };
      byMachine.set(machine, byKey);
      byKey.set(key, watching);
      watching.add(watcher);
      return () => {
        watching.delete(watcher);
        if (watching.size > 0) return;
        if (byKey.get(key) === watching) byKey.delete(key);
      };
    },
    watchAll(seen) {
      // One of its own for each call, so that one ends without the other.
      const watcher = (event: AppliedEvent): void => seen(event);
      watchingAll.add(watcher);
      return () => void watchingAll.delete(watcher);
    },
    tell(event) {
      if (isClosed) return;
      for (const seen of watchingAll) seen(event);
      const watching = byMachine.get(event.machine)?.get(event.key);
      if (watching !== undefined) for (const { seen } of watching) seen(event);
    },
    tellAll(machine) {
      if (isClosed) return;
      for (const watching of byMachine.get(machine)?.values() ?? [])
        for (const { upgraded } of watching) upgraded();
    },
    close() {
      isClosed = true;
    },
  };
}
