/** Following a leader: taking its entries, its word on what is committed, and its heartbeats. */
import type { Effect } from '../protocol/effects.ts';
import { later, nextIndex, type LogIndex, type NodeId } from '../protocol/ids.ts';
import type { Append, Commit, Heartbeat } from '../protocol/messages.ts';
import { followedCommit } from './commit.ts';
import { lastIndexOf, slice, type Log } from './log.ts';
import { isPledged, promise, say, type NodeState, type Step } from './node-state.ts';
import { receive } from './replication.ts';

type From<M> = Readonly<{ from: NodeId; message: M }>;

/** There is one leader a term (Election Safety), so whoever speaks as such is it. */
export const heed = ({ leader }: NodeState, from: NodeId): Step =>
  leader === from
    ? {}
    : { now: { leader: from }, wishes: [{ type: 'leaderChanged', leader: from }] };

/** What became committed between two commit indexes, for the replicated machines. */
export const applyBetween = (log: Log, before: LogIndex, after: LogIndex): readonly Effect[] =>
  after > before ? [{ type: 'apply', entries: slice(log, nextIndex(before), after) }] : [];

/** AppendEntries, receiver side (Raft §5.3). The answer leaves once everything it vouches for is on disk. */
export function takeEntries(state: NodeState, { from, message }: From<Append>): Step {
  const { term } = state.hardState;
  const received = receive(state.log, state.commitIndex, message.prev, message.entries);
  if (!received.matches) {
    const prevIndex = message.prev.index;
    return {
      wishes: [promise(from, { kind: 'appendRefused', term, prevIndex, hint: received.hint })],
    };
  }
  const { log, fresh, matchIndex } = received;
  const commitIndex = followedCommit(state.commitIndex, message.commitIndex, matchIndex);
  return {
    now: { log, commitIndex, goalIndex: later(state.goalIndex, message.commitIndex) },
    wishes: [
      {
        type: 'persist',
        hardState: null,
        entries: fresh,
        thenSend: [{ to: from, message: { kind: 'appendAccepted', term, matchIndex } }],
      },
      ...applyBetween(log, state.commitIndex, commitIndex),
    ],
  };
}

/** The leader sends no commit index beyond what it knows us to hold; if it seems to, we wait. */
export function takeCommit(state: NodeState, message: Commit | Heartbeat): Step {
  const commitIndex = followedCommit(
    state.commitIndex,
    message.commitIndex,
    lastIndexOf(state.log),
  );
  return commitIndex === state.commitIndex
    ? {}
    : {
        now: { commitIndex },
        wishes: applyBetween(state.log, state.commitIndex, commitIndex),
      };
}

/**
 * Says that we follow, nothing about our disk, so it does not wait behind a slow flush; unless
 * our term itself is still on its way there.
 */
export function answerHeartbeat(state: NodeState, { from, message }: From<Heartbeat>): Step {
  const ack = {
    kind: 'heartbeatAck',
    term: state.hardState.term,
    round: message.round,
  } as const;
  return { wishes: [isPledged(state) ? say(from, ack) : promise(from, ack)] };
}
