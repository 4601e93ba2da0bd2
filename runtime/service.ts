/**
 * What a node offers to its own doors (WebSocket clients, HTTP). The doors check and
 * translate; everything asked through here is well formed already.
 */
import type { MachineEvent } from '../machines/protocol/entry.ts';
import type { LifecycleState } from '../machines/protocol/events.ts';
import type { LogIndex, NodeId, ProposalId, Term } from '../machines/protocol/ids.ts';
import type { Upgrade } from '../machines/replica/upgrades.ts';
import type { InstanceView, Outcome, Refused } from '../machines/protocol/outcome.ts';

export type ProposeRequest = Readonly<{
  proposalId: ProposalId;
  machine: string;
  key: string;
  event: MachineEvent;
  input?: unknown;
  /** How long the asker waits, in ms. After that the end is `unknown`, or `refused` where that is certain. */
  timeoutMs: number;
}>;

/** What a leader has to put into the log, encoded already. */
export type ChoreRequest = Readonly<{
  proposalId: ProposalId;
  payload: Uint8Array;
  timeoutMs: number;
}>;

/** Each is called once at most, in a later turn than the request; `ended` always is. */
export type ProposeListener = Readonly<{
  /** It stands in some node's log, or is on its way there. Not a promise. */
  inFlight?: () => void;
  ended: (outcome: Outcome) => void;
}>;

export type Consistency = 'linearizable' | 'lease' | 'local';

export type ReadRequest = Readonly<{
  machine: string;
  key: string;
  consistency: Consistency;
  timeoutMs: number;
}>;

/** An instance as of a log index. `view` is null where it has not begun. */
export type InstanceState = Readonly<{
  /** The log index of the last event it was sent; of the last applied entry where it has not begun. */
  index: LogIndex;
  exists: boolean;
  view: InstanceView | null;
}>;

export type ReadOutcome = InstanceState | Refused;

/** One committed event of one instance, as a subscriber sees it. */
export type AppliedEvent = Readonly<{
  index: LogIndex;
  machine: string;
  key: string;
  event: MachineEvent;
  accepted: boolean;
  view: InstanceView;
  emitted: readonly MachineEvent[];
}>;

export type MemberStatus = Readonly<{
  id: NodeId;
  address: string;
  role: 'voter' | 'learner';
  /** Whether our own link to it is open (always true for ourselves). */
  reachable: boolean;
  /** What the leader knows it to hold on disk; null on a node that does not lead. */
  matchIndex: LogIndex | null;
}>;

/** Where a diverged node went another way, as far as it has found out. */
export type Quarantine = Readonly<{
  /** The entry at which the difference shows … */
  index: LogIndex;
  /** … and before which there was none; otherwise it may be older. */
  isFirst: boolean;
  /** Null where it is not known which instance it is. */
  machine: string | null;
  key: string | null;
  /** Within the instance's state, such as `context.items[2].price`; null where that is not known. */
  path: string | null;
  /** What is there on this node, and on one that is right; null where there is nothing. */
  ours: unknown;
  theirs: unknown;
  /** All of it in a sentence. */
  message: string;
}>;

export type NodeStatus = Readonly<{
  node: NodeId;
  cluster: string;
  role: 'follower' | 'pre-candidate' | 'candidate' | 'leader' | 'silent';
  term: Term;
  leader: NodeId | null;
  lifecycle: LifecycleState;
  firstIndex: LogIndex;
  lastIndex: LogIndex;
  commitIndex: LogIndex;
  appliedIndex: LogIndex;
  proposalsInFlight: number;
  /** Set where this node's states are wrong: it serves nobody until it is restarted. */
  quarantined: Quarantine | null;
  members: readonly MemberStatus[];
  machines: readonly string[];
  /** Definitions that this node has in store, and what keeps them from being in force; left out where there are none. */
  upgrades?: readonly Upgrade[];
  version: string;
  /** The limits a client can run into, and the window within which a retry is recognised. */
  limits: Readonly<Record<string, number>>;
}>;

export interface NodeService {
  /** A proposal id that is in flight already joins it; one that has ended gets its first outcome. */
  propose(request: ProposeRequest, listener: ProposeListener): void;
  /** `answer` is called once; for `local` at once, in the same turn. */
  read(request: ReadRequest, answer: (outcome: ReadOutcome) => void): void;
  /** The instance here and now, as `local` reads see it. Null: no such machine. */
  peek(machine: string, key: string): InstanceState | null;
  /**
   * This instance's applied events after `afterIndex`, in order, without a gap;
   * null where some of them are no longer kept.
   */
  eventsAfter(machine: string, key: string, afterIndex: LogIndex): readonly AppliedEvent[] | null;
  /**
   * Calls back for every applied event of that instance from now on, and where it may stand
   * elsewhere because another definition of its machine is in force. Returns the way to stop.
   */
  watch(
    machine: string,
    key: string,
    seen: (event: AppliedEvent) => void,
    upgraded?: () => void,
  ): () => void;
  status(): NodeStatus;
  /** Why every read, proposal and subscription is refused; null while they are not. */
  refusesBecause(): Refused | null;
  /** Calls back once, when that begins to be so. */
  whenRefusing(told: (why: Refused) => void): void;
  /** Null when it knows a leader and has caught up; otherwise why not. */
  notReadyBecause(): string | null;
}
