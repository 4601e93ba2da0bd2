/** Logs to test with, the obvious way to keep one, and histories that only Raft could have written. */
import * as fc from 'fast-check';
import type { Entry } from '../../machines/protocol/entry.ts';
import { toIndex, toTerm, type LogEnd } from '../../machines/protocol/ids.ts';
import { entryAt, firstIndexOf, lastIndexOf, logOf, type Log } from '../../machines/rules/log.ts';

export const place = (index: number, term: number): LogEnd => ({
  index: toIndex(index),
  term: toTerm(term),
});

export const entry = (index: number, term: number, fields: Partial<Entry> = {}): Entry => ({
  index: toIndex(index),
  term: toTerm(term),
  kind: 'command',
  timeMs: 0,
  seed: 0,
  payload: new Uint8Array(0),
  ...fields,
});

/** Entries of these terms, from `first` on. */
export const entriesOf = (terms: readonly number[], first = 1): Entry[] =>
  terms.map((term, nth) => entry(first + nth, term));

/** A log of these terms, from the start of time. */
export const logOfTerms = (...terms: readonly number[]): Log => logOf(entriesOf(terms));

/** What a log holds, read entry by entry. */
export function entriesIn(log: Log): Entry[] {
  const entries: Entry[] = [];
  for (let index = firstIndexOf(log); index <= lastIndexOf(log); index = toIndex(index + 1)) {
    const found = entryAt(log, index);
    if (found !== undefined) entries.push(found);
  }
  return entries;
}

export const termsIn = (log: Log): number[] => entriesIn(log).map(({ term }) => term);

export const many = (count: number, term: number): number[] =>
  Array.from({ length: count }, () => term);

/** How many entries two logs share from the start. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((term, nth) => term !== b[nth]);
  return differs < 0 ? a.length : differs;
}

/** Receiver rules 2 to 4 (Raft figure 2), word by word, on an array of terms. Null: refused. */
export function obviousReceive(
  terms: readonly number[],
  prev: LogEnd,
  sent: readonly number[],
): number[] | null {
  if (prev.index > terms.length) return null;
  if (prev.index > 0 && terms[prev.index - 1] !== prev.term) return null;
  const kept = [...terms];
  for (const [nth, term] of sent.entries()) {
    const at = prev.index + nth;
    if (at < kept.length && kept[at] !== term) kept.length = at;
    if (at >= kept.length) kept.push(term);
  }
  return kept;
}

const reign = fc.record({
  leader: fc.nat(2),
  entries: fc.nat(4),
  /** How much of its log each of the others receives; null: nothing. */
  copied: fc.tuple(
    ...[0, 1, 2].map(() => fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 })),
  ),
});

/**
 * The logs of three nodes, as terms, after some reigns: each term has one leader, which only
 * appends, and the others take a prefix of its log by the receiver's rules. Nothing is committed.
 */
export const histories: fc.Arbitrary<readonly (readonly number[])[]> = fc
  .array(reign, { minLength: 1, maxLength: 12 })
  .map((reigns) => {
    const logs: number[][] = [[], [], []];
    for (const [nth, { leader, entries, copied }] of reigns.entries()) {
      const own = [...(logs[leader] ?? []), ...many(entries, nth + 1)];
      logs[leader] = own;
      for (const [other, share] of copied.entries()) {
        if (other === leader || share === null) continue;
        const prefix = own.slice(0, Math.round(share * own.length));
        logs[other] = obviousReceive(logs[other] ?? [], place(0, 0), prefix) ?? [];
      }
    }
    return logs;
  });
