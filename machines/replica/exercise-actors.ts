/**
 * Actors are objects, and a replica only ever goes on with them. Who goes back, to try something
 * else, has to put back all of them: also those that are over by then, and that a context may
 * still hold.
 */
import type { Snapshot } from './engine.ts';
import type { Standing } from './xstate5-standing.ts';
import { type Actor, putBack, type Stand, standOf } from './xstate5-internals.ts';

/** All actors that an instance ever had, and where they stood at some moment. */
export type Ensemble = ReadonlyMap<Actor, Stand>;

export const nobodyYet: Ensemble = new Map();

export function ensembleAfter(before: Ensemble, snapshot: Snapshot): Ensemble {
  const { cast } = snapshot as unknown as Standing;
  const actors = new Set<Actor>(before.keys());
  for (const { actor } of cast?.members ?? []) actors.add(actor);
  return actors.size === 0 ? before : new Map([...actors].map((actor) => [actor, standOf(actor)]));
}

export function reassemble(ensemble: Ensemble): void {
  for (const [actor, stand] of ensemble) putBack(actor, stand);
}
