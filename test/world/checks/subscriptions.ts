/**
 * Subscribers see one history: every event of an instance once, in order, without a gap, unless
 * they were told that there is one.
 */
import type { Finding } from './glimpse.ts';

type Seen = Readonly<{
  who: string;
  instance: string;
  indexes: { index: number; resync: boolean }[];
}>;

export function subscriptions() {
  /** The indexes of the events of each instance, in order. */
  const events = new Map<string, number[]>();
  const subscribers: Seen[] = [];

  return {
    applied(instance: string, index: number): void {
      const known = events.get(instance);
      if (known === undefined) events.set(instance, [index]);
      // Every node applies it; the first to do so is ahead of the others.
      else if (index > (known.at(-1) ?? 0)) known.push(index);
    },

    /** Call what it returns for each state that this subscriber is shown. */
    begin(who: string, instance: string): (index: number, resync: boolean) => Finding {
      const indexes: { index: number; resync: boolean }[] = [];
      subscribers.push({ who, instance, indexes });
      return (index, resync) => {
        const last = indexes.at(-1)?.index ?? 0;
        indexes.push({ index, resync });
        return index > last || resync
          ? null
          : `${who} was shown ${instance} at ${index} after ${last}`;
      };
    },

    /** Once everything is applied. */
    over(): Finding {
      for (const { who, instance, indexes } of subscribers) {
        const all = events.get(instance) ?? [];
        let at = -1;
        for (const { index, resync } of indexes) {
          const place = all.indexOf(index);
          if (place === -1) {
            if (resync) continue;
            return `${who} was shown ${instance} at ${index}, where nothing happened to it`;
          }
          if (at !== -1 && place !== at + 1 && !resync) {
            return `${who} was not shown ${instance} at ${all[at + 1]}, between ${all[at]} and ${index}`;
          }
          at = place;
        }
      }
      return null;
    },
  };
}
