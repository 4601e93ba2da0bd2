/**
 * The last applied events of all instances together, so that a subscriber who was away can
 * pick up where it stopped, and learns when it has been away too long.
 */
import type { MachineEvent } from '../protocol/entry.ts';
import { indexZero, previousIndex, type LogIndex } from '../protocol/ids.ts';
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
  /** What had changed the same instance last, an event as a rule; zero if this one began it. */
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
  /** All events behind an index are still kept, whatever instance they are of; or have not happened. */
  readonly completeAfter: LogIndex;
  /** Of any instance, behind an index and up to another, at most so many. */
  between(afterIndex: LogIndex, through: LogIndex, max: number): readonly HistoryEvent[];
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
  let completeAfter: LogIndex = indexZero;

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

  const isFull = (): boolean => bytes > historyBytesMax && kept.length > 1;
  const forget = (event: HistoryEvent | undefined): void => {
    if (event === undefined) return;
    bytes -= event.bytes;
    completeAfter = event.index;
  };

  return {
    keep(event) {
      bytes += event.bytes;
      forget(kept.push(event));
      // The newest stays, whatever it weighs.
      while (isFull()) forget(kept.shift());
    },

    get completeAfter() {
      return completeAfter;
    },

    between(afterIndex, through, max) {
      const events: HistoryEvent[] = [];
      for (let at = firstBehind(afterIndex); events.length < max; at += 1) {
        const event = kept.at(at);
        if (event === undefined || event.index > through) break;
        events.push(event);
      }
      return events;
    },

    at(index) {
      const event = kept.at(firstBehind(previousIndex(index)));
      return event?.index === index ? event : undefined;
    },

    since(machine, key, afterIndex, latestIndex) {
      const events: HistoryEvent[] = [];
      let reached = afterIndex;
      if (latestIndex <= reached) return { type: 'events', events };
      for (let at = firstBehind(afterIndex); at < kept.length; at += 1) {
        const event = kept.at(at);
        if (event?.key !== key || event.machine !== machine) continue;
        // Forgotten, or no event at all: it went over to another definition in between.
        if (event.previousIndex > reached) return { type: 'too-old' };
        events.push(event);
        reached = event.index;
      }
      return reached === latestIndex ? { type: 'events', events } : { type: 'too-old' };
    },
  };
}
