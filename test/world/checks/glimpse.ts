/** What the checks of this folder look at: the state of one node after something happened to it. */
import type { Entry } from '../../../machines/protocol/entry.ts';
import type { LogIndex, NodeId, Term } from '../../../machines/protocol/ids.ts';
import type { Log } from '../../../machines/rules/log.ts';

export type Glimpse = Readonly<{
  node: NodeId;
  /** Names its process among all there were: what is volatile may go back from one to the next. */
  life: number;
  role: string;
  term: Term;
  votedFor: NodeId | null;
  commitIndex: LogIndex;
  log: Log;
}>;

/** What is wrong, as a sentence; null if nothing is. */
export type Finding = string | null;

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

export const isSameEntry = (a: Entry, b: Entry): boolean =>
  a === b ||
  (a.index === b.index &&
    a.term === b.term &&
    a.kind === b.kind &&
    a.timeMs === b.timeMs &&
    a.seed === b.seed &&
    isSameBytes(a.payload, b.payload));
