/** A message between nodes in a few words, and whether it had to do with one entry. */
import type { LogEnd } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';

/** The entry that is asked about: its index, the term of its leader, and the proposal in it. */
export type Concern = Readonly<{ index: number; term: number; proposalId: string | null }>;

const place = ({ index, term }: LogEnd): string => `entry ${index} of term ${term}`;

export function wordsFor(message: Message): string {
  switch (message.kind) {
    case 'append':
      return `${entriesIn(message)} behind ${message.prev.index}, commit ${message.commitIndex}`;
    case 'appendAccepted':
      return `on disk up to ${message.matchIndex}`;
    case 'appendRefused':
      return `nothing matches at ${message.prevIndex}, perhaps at ${message.hint.index}`;
    case 'heartbeat':
      return `round ${message.round}, commit ${message.commitIndex}`;
    case 'heartbeatAck':
      return `round ${message.round}`;
    case 'commit':
      return `commit ${message.commitIndex}`;
    case 'forward':
      return message.proposals.length === 1
        ? 'one proposal'
        : `${message.proposals.length} proposals`;
    case 'forwardRefused':
      return `${message.proposalIds.length} refused: ${message.code}`;
    case 'preVoteRequest':
    case 'voteRequest':
      return `its log ends at ${place(message.last)}`;
    default:
      return `term ${message.term}`;
  }
}

type Append = Extract<Message, { kind: 'append' }>;

const lastOf = ({ prev, entries }: Append): number => entries.at(-1)?.index ?? prev.index;

function entriesIn(message: Append): string {
  const first = message.prev.index + 1;
  const last = lastOf(message);
  if (last < first) return 'no entries';
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`;
}

/**
 * Once for each way between two nodes is enough: that the entry was passed on, that it was
 * acknowledged, that it is committed. `seen` holds what was found so far.
 */
export function concerns(
  { index, term, proposalId }: Concern,
  message: Message,
  way: string,
  seen: Set<string>,
): boolean {
  const first = (what: string): boolean => {
    const name = `${way} ${what}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  };
  switch (message.kind) {
    case 'forward':
      return message.proposals.some((proposal) => proposal.proposalId === proposalId);
    case 'forwardRefused':
      return message.proposalIds.some((id) => id === proposalId);
    case 'append': {
      const carries = message.prev.index < index && lastOf(message) >= index;
      // All copies of it, and the first news of its commit.
      if (carries) return message.term >= term;
      return message.term >= term && message.commitIndex >= index && first('commit');
    }
    case 'appendAccepted':
      return message.term >= term && message.matchIndex >= index && first('accepted');
    case 'commit':
    case 'heartbeat':
      return message.term >= term && message.commitIndex >= index && first('commit');
    default:
      return false;
  }
}
