/**
 * Durable before audible: no vote and no acknowledgement leaves a node before what it promises
 * would survive a power cut there; and no node ever votes twice in a term (Raft §5, §5.2).
 */
import type { NodeId, Term } from '../../../machines/protocol/ids.ts';
import type { Message } from '../../../machines/protocol/messages.ts';
import { entryAt } from '../../../machines/rules/log.ts';
import type { Durable } from '../disk.ts';
import { isSameEntry, type Finding, type Glimpse } from './glimpse.ts';

export function durableBeforeAudible() {
  const votes = new Map<string, NodeId>();
  /** Whose commit was looked at last, and what it was. */
  let last: Pick<Glimpse, 'life' | 'term' | 'commitIndex'> | null = null;

  const vote = (voter: NodeId, term: Term, candidate: NodeId, { hardState }: Durable): Finding => {
    const first = votes.get(`${voter} ${term}`) ?? candidate;
    votes.set(`${voter} ${term}`, first);
    if (first !== candidate)
      return `${voter} votes for ${first} and for ${candidate} in term ${term}`;
    const isDurable =
      hardState !== null &&
      (hardState.term > term || (hardState.term === term && hardState.votedFor === candidate));
    return isDurable ? null : `the vote of ${voter} in term ${term} is heard before it is on disk`;
  };

  return {
    sent(from: NodeId, to: NodeId, message: Message, durable: Durable): Finding {
      const { term } = message;
      const durableTerm = durable.hardState?.term ?? 0;
      switch (message.kind) {
        case 'voteGranted':
          return vote(from, term, to, durable);
        case 'voteRequest':
          return vote(from, term, from, durable);
        case 'appendAccepted':
          // What a later leader has replaced since was there, in the term that this answers.
          return durableTerm > term || durable.entries.length >= message.matchIndex
            ? null
            : `${from} acknowledges ${message.matchIndex} with ${durable.entries.length} on disk`;
        case 'heartbeatAck':
        case 'voteRefused':
        case 'appendRefused':
          return durableTerm >= term
            ? null
            : `${from} answers in term ${term} before it is on disk`;
        default:
          return null;
      }
    },

    /** A leader may commit what a majority has on disk, itself counted like any other. */
    committed(
      { life, role, node, term, commitIndex, log }: Glimpse,
      durables: readonly Durable[],
    ): Finding {
      if (role !== 'leader') return null;
      if (last?.commitIndex === commitIndex && last.life === life && last.term === term)
        return null;
      last = { life, term, commitIndex };
      const entry = entryAt(log, commitIndex);
      if (entry === undefined) return null;
      const copies = durables.filter(({ entries }) => {
        const held = entries[commitIndex - 1];
        return held !== undefined && isSameEntry(held, entry);
      });
      return copies.length * 2 > durables.length
        ? null
        : `${node} commits ${commitIndex} with ${copies.length} of ${durables.length} copies on disk`;
    },
  };
}
