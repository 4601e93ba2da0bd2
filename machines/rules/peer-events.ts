/** What a leader's view of one follower hears (machines/peer.ts). All of it in the leader's term. */
import type { LogEnd, LogIndex } from '../protocol/ids.ts';
import type { Log } from './log.ts';

export type PeerEvent =
  | Readonly<{ type: 'log.grew'; log: Log; commitIndex: LogIndex }>
  /** More is committed than the follower may have heard of. */
  | Readonly<{ type: 'lead.tellsCommit'; commitIndex: LogIndex }>
  /** The heartbeat interval is over. */
  | Readonly<{ type: 'lead.pulse'; round: number; commitIndex: LogIndex }>
  /** Readers wait for a majority to answer this round. */
  | Readonly<{ type: 'lead.round'; round: number; commitIndex: LogIndex }>
  | Readonly<{ type: 'wire.appendAccepted'; matchIndex: LogIndex }>
  | Readonly<{ type: 'wire.appendRefused'; prevIndex: LogIndex; hint: LogEnd }>
  | Readonly<{ type: 'wire.heartbeatAck' }>
  | Readonly<{ type: 'link.opened' }>
  | Readonly<{ type: 'link.lost' }>;
