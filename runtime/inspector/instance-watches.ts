/** Which instances somebody watches on this node. Those that nobody does cost nothing. */
import type { Inspected } from './inspected.ts';
import { instanceNamed } from './instance-name.ts';
import { InstanceWatch } from './instance-watch.ts';
import type { ActorName } from './protocol.ts';
import type { Watched } from './source.ts';

export interface InstanceWatches {
  /** Null where that is no name of an instance. */
  watch(actor: ActorName, tell: (seen: Watched) => void): (() => void) | null;
  look(): void;
}

export function createInstanceWatches(inspected: Inspected): InstanceWatches {
  const watches = new Map<ActorName, InstanceWatch>();

  function open(actor: ActorName): InstanceWatch | null {
    const name = instanceNamed(inspected.node, actor);
    if (name === null) return null;
    const watch = new InstanceWatch(inspected, actor, name);
    watches.set(actor, watch);
    return watch;
  }

  return {
    watch(actor, tell) {
      const watch = watches.get(actor) ?? open(actor);
      if (watch === null) return null;
      watch.introduce(tell);
      watch.tellers.add(tell);
      return () => {
        if (!watch.tellers.delete(tell) || watch.tellers.size > 0) return;
        watch.stop();
        watches.delete(actor);
      };
    },
    look() {
      for (const watch of watches.values()) watch.look();
    },
  };
}
