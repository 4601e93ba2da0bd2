/**
 * The custom actions of an instance begin in the order in which it asked for them, though some of
 * them must wait until the log says that they may.
 */
import type { EffectId } from '../../machines/protocol/chore.ts';

export type Turns = Readonly<{
  /** It has its place behind all that were asked for before. */
  join(instance: string, id: EffectId): void;
  /** Calls `begin` when it is its turn, perhaps at once. */
  ready(instance: string, id: EffectId, begin: () => void): void;
  /** It never begins, or it has. */
  leave(instance: string, id: EffectId): void;
  clear(): void;
}>;

type Place = { readonly id: EffectId; begin: (() => void) | null };

export function createTurns(): Turns {
  const lines = new Map<string, Place[]>();

  function goOn(instance: string): void {
    const line = lines.get(instance);
    if (line === undefined) return;
    for (let begin = line[0]?.begin; begin; begin = line[0]?.begin) {
      line.shift();
      begin();
    }
    if (line.length === 0) lines.delete(instance);
  }

  return {
    join(instance, id) {
      const line = lines.get(instance);
      const place = { id, begin: null };
      if (line === undefined) lines.set(instance, [place]);
      else line.push(place);
    },
    ready(instance, id, begin) {
      const place = lines.get(instance)?.find((each) => each.id === id);
      if (place === undefined) return;
      place.begin = begin;
      goOn(instance);
    },
    leave(instance, id) {
      const line = lines.get(instance);
      const at = line?.findIndex((each) => each.id === id) ?? -1;
      if (line === undefined || at < 0) return;
      line.splice(at, 1);
      goOn(instance);
    },
    clear: () => lines.clear(),
  };
}
