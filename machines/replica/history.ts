/**
 * The last applied events of all instances together, so that a subscriber who was away can
 * pick up where it stopped, and learns when it has been away too long.
 */
import type { MachineEvent } from '../protocol/entry.ts';
import { previousIndex, type LogIndex } from '../protocol/ids.ts';
import type { InstanceView } from '../protocol/outcome.ts';
import { createRing } from './ring.ts';

export type HistoryEvent = Readonly<{
  index: LogIndex;
  machine: string;
  key: string;
  event: MachineEvent;
  accepted: boolean;
  /** The instance right after this event. */
  view: InstanceView;
  emitted: readonly MachineEvent[];
  /** The event of the same instance before this one; zero if this one began it. */
  previousIndex: LogIndex;
  /** About how much memory keeping it takes. */
  bytes: number;
}>;

/** `too-old`: something is missing in between; look at where the instance stands now, and go on from there. */
export type Resumption =
  | Readonly<{ type: 'events'; events: readonly HistoryEvent[] }>
  | Readonly<{ type: 'too-old' }>;

export interface History {
  keep(event: HistoryEvent): void;
  /** The event at exactly this index, if it is still kept. */
  at(index: LogIndex): HistoryEvent | undefined;
  /** All events of one instance behind an index, given the index of its latest. */
  since(machine: string, key: string, afterIndex: LogIndex, latestIndex: LogIndex): Resumption;
}

type Limits = Readonly<{ historyEventsMax: number; historyBytesMax: number }>;

/**
 * Bounded by memory as well as by count: every event holds on to the state behind it, and a chart
 * whose context is large and copied at each step would otherwise keep thousands of copies alive.
 */
export function createHistory({ historyEventsMax, historyBytesMax }: Limits): History {
  const kept = createRing<HistoryEvent>(historyEventsMax);
  let bytes = 0;

  /** Indexes only grow, so the place of the first one behind `afterIndex` is found by halving. */
  const firstBehind = (afterIndex: LogIndex): number => {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((kept.at(middle)?.index ?? afterIndex) > afterIndex) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    keep(event) {
      bytes += event.bytes - (kept.push(event)?.bytes ?? 0);
      // The newest stays, whatever it weighs.
      while (bytes > historyBytesMax && kept.length > 1) bytes -= kept.shift()?.bytes ?? 0;
    },

    at(index) {
      const event = kept.at(firstBehind(previousIndex(index)));
      return event?.index === index ? event : undefined;
    },

    since(machine, key, afterIndex, latestIndex) {
      const events: HistoryEvent[] = [];
      if (latestIndex <= afterIndex) return { type: 'events', events };
      for (let at = firstBehind(afterIndex); at < kept.length; at += 1) {
        const event = kept.at(at);
        if (event?.key === key && event.machine === machine) events.push(event);
      }
      const [first] = events;
      const complete = first !== undefined && first.previousIndex <= afterIndex;
      return complete ? { type: 'events', events } : { type: 'too-old' };
    },
  };
}
