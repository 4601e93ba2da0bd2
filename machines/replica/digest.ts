/**
 * What all instances of a node come to in 64 bits, at places of the log that are the same on every
 * node, so that nodes can find out whether they still agree.
 *
 * It is the sum of what each instance comes to: that depends on the states alone and on no order,
 * so it can be taken at any place, goes on after any other way to the same states, and costs one
 * look at each instance that changed, however often it did.
 */
import { indexZero, type LogIndex } from '../protocol/ids.ts';
import type { Checkpoint, StateRow } from '../protocol/messages.ts';
import { Digester, spell } from './digest-value.ts';
import type { Instance } from './instances.ts';

export interface Digest {
  /** An entry is about to be applied. */
  begins(index: LogIndex): void;
  /** That instance is not what it was. */
  touched(machine: string, key: string, instance: Instance): void;
  /** The entry has been applied: a checkpoint, where there is one at this place. */
  ends(entry: Readonly<{ index: LogIndex; timeMs: number }>): void;
  /** At once, where the present place is. */
  checkpoint(): Checkpoint;
  /** Also at that place, when it is reached: another node has taken one there. */
  takeAt(index: LogIndex): void;
  readonly latest: Checkpoint;
  /** Is told of every checkpoint from now on, instead of whoever was before. */
  watch(seen: (checkpoint: Checkpoint) => void): void;
  /** Those that were touched after an index, from a position in the order of their beginnings on. */
  rows(afterIndex: LogIndex, from: number, max: number): RowPage;
}

export const rowOf = ({ mark }: Marked): StateRow | null =>
  mark && { ...where(mark), digest: spell(mark) };

const where = ({ machine, key, index }: Mark) => ({ machine, key, index });

/** `next` is where to go on; null at the end. */
export type RowPage = Readonly<{ rows: readonly StateRow[]; next: number | null }>;

/** Of nodes that are far ahead, only the last few places count. */
const wantedMax = 64;

type Limits = Readonly<{ checkpointEntries: number; checkpointMs: number }>;

/** What an instance came to when it was last looked at, and whether it has changed since. */
type Mark = {
  readonly machine: string;
  readonly key: string;
  readonly instance: Instance;
  touchedAt: LogIndex;
  isDue: boolean;
  index: LogIndex;
  high: number;
  low: number;
};

/** Kept with each instance, for this file alone. */
export type Marked = { mark: Mark | null };

export function createDigest({ checkpointEntries, checkpointMs }: Limits): Digest {
  const digester = new Digester();
  const marks: Mark[] = [];
  const wanted = new Set<LogIndex>();
  let due: Mark[] = [];
  let now: LogIndex = indexZero;
  let span = 0;
  let high = 0;
  let low = 0;
  let latest: Checkpoint = { index: indexZero, digest: spell({ high, low }) };
  let watcher: (checkpoint: Checkpoint) => void = () => {};

  const enrol = (machine: string, key: string, instance: Instance): Mark => {
    const mark = {
      machine,
      key,
      instance,
      touchedAt: now,
      isDue: false,
      index: indexZero,
      high: 0,
      low: 0,
    };
    instance.mark = mark;
    marks.push(mark);
    return mark;
  };

  const look = (mark: Mark): void => {
    const { machine, key, instance } = mark;
    digester.text(machine);
    digester.text(key);
    digestInstance(digester, instance);
    const hash = digester.take();
    high = (high - mark.high + hash.high) | 0;
    low = (low - mark.low + hash.low) | 0;
    ({ high: mark.high, low: mark.low } = hash);
    mark.index = mark.touchedAt;
    mark.isDue = false;
  };

  const checkpoint = (): Checkpoint => {
    for (const mark of due) look(mark);
    due = [];
    if (latest.index === now) return latest;
    latest = { index: now, digest: spell({ high, low }) };
    watcher(latest);
    return latest;
  };

  return {
    begins(index) {
      now = index;
    },
    touched(machine, key, instance) {
      const mark = instance.mark ?? enrol(machine, key, instance);
      mark.touchedAt = now;
      if (mark.isDue) return;
      mark.isDue = true;
      due.push(mark);
    },
    ends({ index, timeMs }) {
      const reached = Math.floor(timeMs / checkpointMs);
      const isDue = index % checkpointEntries === 0 || reached !== span;
      span = reached;
      const isWanted = wanted.size > 0 && wanted.delete(index);
      if (isDue || isWanted) checkpoint();
    },
    checkpoint,
    takeAt(index) {
      if (index <= now) return;
      wanted.add(index);
      if (wanted.size <= wantedMax) return;
      const [oldest] = wanted;
      if (oldest !== undefined) wanted.delete(oldest);
    },
    get latest() {
      return latest;
    },
    watch(seen) {
      watcher = seen;
    },
    rows(afterIndex, from, max) {
      const rows: StateRow[] = [];
      for (let at = from; at < marks.length; at += 1) {
        const mark = marks[at] as Mark;
        if (mark.index <= afterIndex) continue;
        if (rows.length === max) return { rows, next: at };
        rows.push({ ...where(mark), digest: spell(mark) });
      }
      return { rows, next: null };
    },
  };
}

function digestInstance(
  digester: Digester,
  { view, inside, pending, latestIndex }: Instance,
): void {
  const { status, value, context, output, error } = view;
  digester.word(latestIndex);
  digester.text(status);
  digester.value(value);
  digester.value(context);
  digester.value(output);
  digester.value(error);
  digester.value(inside);
  digester.word(pending.timers.length);
  for (const { timer, id, dueMs } of pending.timers) {
    digester.word(timer);
    digester.value(id);
    digester.value(dueMs);
  }
  digester.word(pending.effects.length);
  for (const { id, wish, claimedIn, heard } of pending.effects) {
    digester.text(id);
    digester.text(wish.kind);
    digester.value(claimedIn);
    digester.value(heard?.term);
    digester.value(heard?.word);
  }
}
