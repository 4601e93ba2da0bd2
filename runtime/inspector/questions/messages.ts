/**
 * What the nodes said to each other for the sake of one entry. Each of them knows its own share;
 * together they are put into an order in which nothing is received before it is sent, whatever
 * their clocks say.
 */
import { toIndex } from '../../../machines/protocol/ids.ts';
import { entryAt } from '../../../machines/rules/log.ts';
import { decodeCommand } from '../../command-codec.ts';
import { inOrder } from '../message-order.ts';
import type { MessageRing } from '../message-ring.ts';
import { concerns, wordsFor, type Concern } from '../message-words.ts';
import type { Inspected } from '../inspected.ts';
import type { AskMessages, MessageRecord, MessageRecordsAnswer } from '../question-protocol.ts';
import type { Reply, Source } from '../source.ts';
import { refusal } from './refusals.ts';

/** This node's share. */
export function messageRecords(
  { node, core }: Inspected,
  ring: MessageRing,
  index: number,
): MessageRecordsAnswer {
  const concern = concernOf(core, index);
  const seen = new Set<string>();
  const records: MessageRecord[] = [];
  for (const { way, peer, atMs, message } of ring.notes()) {
    const [from, to] = way === 'sent' ? [node, peer] : [peer, node];
    if (concern === null || !concerns(concern, message, `${from} ${to}`, seen)) continue;
    records.push({ way, from, to, kind: message.kind, what: wordsFor(message), atMs });
  }
  return { type: 'message-records', records, sinceMs: ring.sinceMs };
}

function concernOf(core: Inspected['core'], index: number): Concern | null {
  const { log } = core.snapshot().context;
  const entry = entryAt(log, toIndex(index));
  if (entry === undefined) return null;
  const decoded = entry.kind === 'command' ? decodeCommand(entry.payload) : null;
  return { index, term: entry.term, proposalId: decoded?.proposalId ?? null };
}

export function answerMessages(
  inspected: Inspected,
  ring: MessageRing,
  { index }: AskMessages,
  peers: ReadonlyMap<string, Source>,
  reply: (reply: Reply) => void,
): void {
  const concern = concernOf(inspected.core, index);
  if (concern === null) {
    return reply(refusal('bad-request', `this node holds no entry ${index}; ask for another`));
  }
  const shares = new Map<string, MessageRecordsAnswer | null>([
    [inspected.node, messageRecords(inspected, ring, index)],
  ]);
  const told = (peer: string, share: MessageRecordsAnswer | null): void => {
    shares.set(peer, share);
    if (shares.size <= peers.size) return;
    reply({
      type: 'messages',
      index,
      term: concern.term,
      proposalId: concern.proposalId,
      messages: inOrder([...shares.values()].flatMap((each) => each?.records ?? [])),
      isPartialBecause: whyPartial(shares),
    });
  };
  if (peers.size === 0) return told(inspected.node, shares.get(inspected.node) ?? null);
  for (const [peer, source] of peers) {
    source.ask({ type: 'message-records', index }, (answer) => {
      if (answer.type === 'message-records') told(peer, answer);
      else if (answer.type === 'refused') told(peer, null);
    });
  }
}

function whyPartial(shares: ReadonlyMap<string, MessageRecordsAnswer | null>): string | null {
  const silent = [...shares].flatMap(([node, share]) => (share === null ? node : []));
  if (silent.length > 0) return `${silent.join(', ')} cannot be asked`;
  const known = [...shares.values()].flatMap((share) => share?.records ?? []);
  return known.length === 0
    ? 'it was before somebody began to look, or too long ago: nodes remember messages only while somebody looks'
    : null;
}
