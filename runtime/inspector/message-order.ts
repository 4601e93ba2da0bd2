/**
 * What several nodes have noted, as one list of messages. Each node's own order holds, and every
 * message is sent before it is received; among what these leave open, the clocks decide.
 */
import type { MessagePicture, MessageRecord } from './question-protocol.ts';

type Event = {
  readonly record: MessageRecord;
  /** At its own node, and of its own message: these must have happened before. */
  readonly after: Event[];
  pair: Event | null;
  isDone: boolean;
};

export function inOrder(records: readonly MessageRecord[]): readonly MessagePicture[] {
  const events = records.map((record): Event => ({ record, after: [], pair: null, isDone: false }));
  joinByNode(events);
  joinPairs(events);
  return sorted(events).flatMap((event) => pictureOf(event) ?? []);
}

const nodeOf = ({ record: { way, from, to } }: Event): string => (way === 'sent' ? from : to);

function joinByNode(events: readonly Event[]): void {
  const latest = new Map<string, Event>();
  for (const event of events) {
    const node = nodeOf(event);
    const before = latest.get(node);
    if (before !== undefined) event.after.push(before);
    latest.set(node, event);
  }
}

/** Links keep the order: the nth of its kind that was heard is the nth that was sent, but for losses. */
function joinPairs(events: readonly Event[]): void {
  const sent = new Map<string, Event[]>();
  const nameOf = ({ record: { from, to, kind, what } }: Event): string =>
    JSON.stringify([from, to, kind, what]);
  for (const event of events) {
    if (event.record.way !== 'sent') continue;
    const alike = sent.get(nameOf(event)) ?? [];
    alike.push(event);
    sent.set(nameOf(event), alike);
  }
  for (const event of events) {
    if (event.record.way !== 'heard') continue;
    const origin = sent.get(nameOf(event))?.shift();
    if (origin === undefined) continue;
    event.after.push(origin);
    event.pair = origin;
    origin.pair = event;
  }
}

/** The earliest by its clock among those that nothing has to come before. */
function sorted(events: readonly Event[]): readonly Event[] {
  const left = [...events].toSorted((a, b) => a.record.atMs - b.record.atMs);
  const order: Event[] = [];
  while (left.length > 0) {
    const ready = left.findIndex(({ after }) => after.every(({ isDone }) => isDone));
    // Only if nodes' memories contradict each other: then the clock decides.
    const [event] = left.splice(Math.max(0, ready), 1);
    if (event === undefined) break;
    event.isDone = true;
    order.push(event);
  }
  return order;
}

/** One for each message, where it was sent; where that is not known, where it was received. */
function pictureOf({ record, pair }: Event): MessagePicture | null {
  const { way, from, to, kind, what, atMs } = record;
  if (way === 'heard' && pair !== null) return null;
  return {
    from,
    to,
    kind,
    what,
    sentMs: way === 'sent' ? atMs : null,
    receivedMs: way === 'heard' ? atMs : (pair?.record.atMs ?? null),
  };
}
