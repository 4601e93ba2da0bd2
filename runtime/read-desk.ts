/**
 * Reads that wait until they are linearizable. All that come in one turn share one question to
 * the leader; a question that fails or gets no answer is asked again, of whoever leads then,
 * until the readers' time is up. Each question has a number of its own, so that a late answer
 * to an older one is never taken for the present one's.
 */
import { limits } from '../machines/protocol/limits.ts';
import type { LogIndex } from '../machines/protocol/ids.ts';
import { refused, type Refused } from '../machines/protocol/outcome.ts';

type Reader = Readonly<{ deadlineMs: number; ready: () => void; failed: (why: Refused) => void }>;
type Question = Readonly<{ readers: readonly Reader[]; askedMs: number }>;
type Vouched = Readonly<{ readers: readonly Reader[]; index: LogIndex }>;

export type ReadDesk = Readonly<{
  /** Queues a reader for the next question; once closed, there is none. */
  add(reader: Reader): void;
  /** The number of the next question, for all who wait; null if nobody does. */
  ask(nowMs: number): number | null;
  vouched(readId: number, index: LogIndex, appliedIndex: LogIndex): void;
  failed(readId: number): void;
  /** Another node leads now: every open question is put to it. */
  leaderFound(): void;
  applied(appliedIndex: LogIndex): void;
  /** Gives up on readers whose time is up, and takes back questions nobody answered. */
  tick(nowMs: number, isLeaderless: boolean): void;
  /** Ends every read that waits, and that comes later. */
  close(): void;
}>;

const tooLate = refused(
  'no-leader',
  'no leader could vouch for this read in time: try again, or ask for a local read, which may be old',
);

const closing = refused('shutting-down', 'this node is stopping: ask another');

/** A life is 32 bits; both together stay an exact integer. */
const questionsPerLife = 2 ** 20;

/** An answer that takes longer than this was lost. */
const askAgainAfterMs = limits.electionTimeoutMsMax;

/**
 * `life` tells this run of the node from its earlier ones, so that an answer to one of those is
 * not taken for ours: a leader may still be collecting acknowledgements for it.
 */
export function readDesk(life: number): ReadDesk {
  let arriving: Reader[] = [];
  /** Turned away; they ask again when there is a new leader, or at the next tick. */
  let parked: Reader[] = [];
  let vouchedFor: Vouched[] = [];
  const asked = new Map<number, Question>();
  let questions = life * questionsPerLife;
  let isClosed = false;

  const inTime = (readers: readonly Reader[], isOver: (reader: Reader) => boolean): Reader[] => {
    const over = readers.filter(isOver);
    for (const reader of over) reader.failed(tooLate);
    return over.length === 0 ? [...readers] : readers.filter((reader) => !isOver(reader));
  };

  return {
    add(reader) {
      if (isClosed) reader.failed(closing);
      else arriving.push(reader);
    },

    ask(nowMs) {
      if (arriving.length === 0) return null;
      questions += 1;
      asked.set(questions, { readers: arriving, askedMs: nowMs });
      arriving = [];
      return questions;
    },

    vouched(readId, index, appliedIndex) {
      const question = asked.get(readId);
      if (question === undefined) return;
      asked.delete(readId);
      if (appliedIndex >= index) for (const reader of question.readers) reader.ready();
      else vouchedFor.push({ readers: question.readers, index });
    },

    failed(readId) {
      const question = asked.get(readId);
      if (question === undefined) return;
      asked.delete(readId);
      parked = parked.concat(question.readers);
    },

    applied(appliedIndex) {
      if (vouchedFor.length === 0) return;
      const ready = vouchedFor.filter(({ index }) => index <= appliedIndex);
      if (ready.length === 0) return;
      vouchedFor = vouchedFor.filter(({ index }) => index > appliedIndex);
      for (const { readers } of ready) for (const reader of readers) reader.ready();
    },

    leaderFound() {
      arriving = arriving.concat(parked);
      parked = [];
      for (const { readers } of asked.values()) arriving = arriving.concat(readers);
      asked.clear();
    },

    tick(nowMs, isLeaderless) {
      const isOver = ({ deadlineMs }: Reader): boolean => deadlineMs <= nowMs;
      arriving = arriving.concat(parked);
      parked = [];
      arriving = inTime(arriving, (reader) => isLeaderless || isOver(reader));
      vouchedFor = vouchedFor
        .map(({ readers, index }) => ({ readers: inTime(readers, isOver), index }))
        .filter(({ readers }) => readers.length > 0);
      for (const [readId, { readers, askedMs }] of asked) {
        const left = inTime(readers, isOver);
        if (nowMs - askedMs < askAgainAfterMs && left.length > 0) {
          asked.set(readId, { readers: left, askedMs });
        } else {
          asked.delete(readId);
          arriving = arriving.concat(left);
        }
      }
    },

    close() {
      isClosed = true;
      const questioned = [...asked.values()].flatMap(({ readers }) => readers);
      const known = vouchedFor.flatMap(({ readers }) => readers);
      for (const reader of [...arriving, ...parked, ...questioned, ...known])
        reader.failed(closing);
      arriving = [];
      parked = [];
      vouchedFor = [];
      asked.clear();
    },
  };
}
