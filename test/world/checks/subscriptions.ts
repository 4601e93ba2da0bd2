/**
 * Subscribers see one history: every event of an instance once, in order, without a gap, unless
 * they were told that there is one; and to the end, unless they were told that it is over.
 */
import type { Finding } from './glimpse.ts';

type Subscriber = {
  readonly who: string;
  readonly instance: string;
  /** Events up to here are not asked for; null: those that happened before it came are not. */
  readonly afterIndex: number | null;
  readonly shown: { index: number; resync: boolean }[];
  isOver: boolean;
};

export type Subscribed = Readonly<{
  /** Call it for each state that this subscriber is shown. */
  shown(index: number, resync: boolean): Finding;
  /** It was told that there will be no more. */
  over(): void;
}>;

export function subscriptions() {
  /** The indexes of the events of each instance, in order. */
  const events = new Map<string, number[]>();
  const subscribers: Subscriber[] = [];

  const silence = ({ who, instance, afterIndex, shown, isOver }: Subscriber): Finding => {
    const last = events.get(instance)?.at(-1) ?? 0;
    const known = shown.at(-1)?.index ?? afterIndex ?? 0;
    return isOver || last <= known
      ? null
      : `${who} was never shown ${instance} at ${last}, nor anything after ${known}`;
  };

  const gap = ({ who, instance, afterIndex, shown }: Subscriber): Finding => {
    const all = events.get(instance) ?? [];
    // Whoever asks for what comes after an index is to be shown the first event behind it.
    let at = afterIndex === null ? null : all.findLastIndex((index) => index <= afterIndex);
    for (const { index, resync } of shown) {
      const place = all.indexOf(index);
      if (place === -1) {
        if (resync) continue;
        return `${who} was shown ${instance} at ${index}, where nothing happened to it`;
      }
      if (at !== null && place !== at + 1 && !resync) {
        return `${who} was not shown ${instance} at ${all[at + 1]}, between ${all[at] ?? 0} and ${index}`;
      }
      at = place;
    }
    return null;
  };

  return {
    applied(instance: string, index: number): void {
      const known = events.get(instance);
      if (known === undefined) events.set(instance, [index]);
      // Every node applies it; the first to do so is ahead of the others.
      else if (index > (known.at(-1) ?? 0)) known.push(index);
    },

    begin(who: string, instance: string, afterIndex: number | null): Subscribed {
      const shown: Subscriber['shown'] = [];
      const subscriber: Subscriber = { who, instance, afterIndex, shown, isOver: false };
      subscribers.push(subscriber);
      return {
        shown(index, resync) {
          const last = shown.at(-1)?.index ?? afterIndex ?? 0;
          shown.push({ index, resync });
          return index > last || resync
            ? null
            : `${who} was shown ${instance} at ${index} after ${last}`;
        },
        over() {
          subscriber.isOver = true;
        },
      };
    },

    /** Of those who should have been shown everything by now; what is wrong with the first of them. */
    silent(): Finding {
      for (const subscriber of subscribers) {
        const finding = silence(subscriber);
        if (finding !== null) return finding;
      }
      return null;
    },

    /** Once everything is applied. */
    over(): Finding {
      for (const subscriber of subscribers) {
        const finding = gap(subscriber);
        if (finding !== null) return finding;
      }
      return null;
    },
  };
}
