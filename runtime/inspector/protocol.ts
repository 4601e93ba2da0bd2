/**
 * What a node and a viewer say to each other over `/inspect/feed`: JSON text frames, each one
 * message or an array of them. On connecting a viewer gets `welcome`, then the whole picture
 * (`cluster`, and `actors` of every node that can be reached), and changes from then on. One node
 * is enough to see all: it relays what its peers say of themselves. What a viewer may ask stands in
 * question-protocol.ts.
 *
 * Actors are named `NODE/…`, so no two of a cluster share a name: `n1`, `n1/peer/n2`,
 * `n1/link/n2`, `n1/proposal/UUID`, `n1/instance/order/42` (an instance as n1 sees it).
 */
import type { Chart, Explanation } from '../../machines/protocol/chart.ts';
import type { Answer } from './question-protocol.ts';

export const feedVersion = 1;
export const feedPath = '/inspect/feed';

export type ActorName = string;
/** Names a chart. Definitions that differ have keys that differ. */
export type ChartKey = string;
/** XState's: a name, or an object of them for parallel and nested states. */
export type StateValue = string | Readonly<{ [state: string]: StateValue | undefined }>;

export type FromNode =
  | Welcome
  | ClusterPicture
  | ChartDefinition
  | ActorsChanged
  | ActorPicture
  | ActorStep
  | ActorGone
  | ProposalsPicture
  | Dropped
  | Answer;

export type Welcome = Readonly<{
  type: 'welcome';
  version: typeof feedVersion;
  /** A trace of the simulator, played by `quorate inspect --trace`, speaks the same protocol. */
  source: 'node' | 'trace';
  node: string;
  cluster: string;
  /** Of Quorate. */
  release: string;
  /** Whether this node was started with `--inspect-act`. */
  mayAct: boolean;
  /** All of the cluster, in order. */
  members: readonly string[];
  /** `lifecycle` first. */
  machines: readonly string[];
  trace?: Readonly<{ name: string; steps: number; durationMs: number }>;
}>;

/** At most five times a second, and only where something changed. */
export type ClusterPicture = Readonly<{
  type: 'cluster';
  nodes: readonly NodePicture[];
}>;

export type NodePicture = Readonly<{
  node: string;
  /** Null while it can be asked; otherwise why its status is old or missing. */
  unreachable: string | null;
  /** When its status was taken, by its own wall clock, in ms since 1970. */
  atMs: number;
  status: NodeStatusPicture | null;
}>;

export type NodeStatusPicture = Readonly<{
  role: 'follower' | 'pre-candidate' | 'candidate' | 'leader' | 'silent';
  /** The role with the states within it: `leader: office.established, reads.idle`. */
  roleDetail: string;
  term: number;
  leader: string | null;
  lifecycle: 'Init' | 'Running' | 'Stopped';
  firstIndex: number;
  lastIndex: number;
  commitIndex: number;
  appliedIndex: number;
  proposalsInFlight: number;
  /** A sentence, where it has come to wrong states. */
  quarantined: string | null;
  release: string;
  /** Its own links: those that it dials. `state` is the link chart's: `open.heard`. */
  links: readonly Readonly<{ peer: string; state: string; trouble: string | null }>[];
  /** On a leader: what each member is known to hold, and how the peer chart sends to it. */
  peers: readonly Readonly<{ peer: string; matchIndex: number; state: string | null }>[] | null;
}>;

/** Before the first thing that mentions the key, once for each viewer. */
export type ChartDefinition = Readonly<{ type: 'chart'; key: ChartKey; chart: Chart }>;

/** Proposals and instances are left out: there may be very many. */
export type ActorsChanged = Readonly<{
  type: 'actors';
  node: string;
  /** All that there are; `removed` is empty then. */
  isAll: boolean;
  added: readonly ActorEntry[];
  removed: readonly ActorName[];
}>;

export type ActorEntry = Readonly<{
  actor: ActorName;
  kind: 'node' | 'peer' | 'link' | 'duty' | 'effect' | 'divergence' | 'proposals' | 'other';
  parent: ActorName | null;
  /** Null for an actor that is no chart. */
  chart: ChartKey | null;
}>;

/** Of an actor that this viewer watches: where it stands. Everything before it is void. */
export type ActorPicture = Readonly<{
  type: 'actor';
  actor: ActorName;
  chart: ChartKey | null;
}> &
  Stand;

export type Stand = Readonly<{
  status: 'active' | 'done' | 'error' | 'stopped';
  value: StateValue | null;
  /** Ids of all states that it is in. */
  active: readonly string[];
  /** As JSON can say it; what is too long or too deep is cut short and says so. */
  context: unknown;
  output?: unknown;
  error?: unknown;
  timers: readonly TimerPicture[];
  /** Of an instance: the entry that it is of. */
  index?: number;
}>;

export type TimerPicture = Readonly<{
  /** The event that will come of it: `xstate.after.1000.order.open`. */
  event: string;
  /** From when this message was made. Below zero: it is overdue. */
  remainingMs: number;
  /** From when it was set; null where that is not known. */
  totalMs: number | null;
}>;

/** Of an actor that this viewer watches: it took an event. In order. */
export type ActorStep = Readonly<{
  type: 'step';
  actor: ActorName;
  /** So many steps before this one were left out, because they came faster than anybody reads. */
  skipped: number;
  /** By its node's wall clock. */
  atMs: number;
  event: EventPicture;
  explanation: Explanation;
}> &
  Stand;

export type EventPicture = Readonly<{ type: string; [field: string]: unknown }>;

export type ActorGone = Readonly<{ type: 'gone'; actor: ActorName; reason: string }>;

/** Of one node, at most four times a second, while this viewer watches its proposals. */
export type ProposalsPicture = Readonly<{
  type: 'proposals';
  node: string;
  inFlight: number;
  /** Some of them, the oldest among them; all, where `isSample` is false. */
  listed: readonly ProposalPicture[];
  isSample: boolean;
  /** Ended since this node's last picture, which was that long before. */
  ended: Readonly<{ committed: number; refused: number; unknown: number; withinMs: number }>;
  /** Of those that were committed since somebody began to look. Ascending; the last has no end. */
  latency: Readonly<{
    count: number;
    p50Ms: number | null;
    p99Ms: number | null;
    buckets: readonly Readonly<{ belowMs: number | null; count: number }>[];
  }>;
  /** The last that ended so, newest first. */
  unknowns: readonly Readonly<{
    proposalId: string;
    atMs: number;
    what: string;
    message: string;
  }>[];
}>;

export type ProposalPicture = Readonly<{
  actor: ActorName;
  proposalId: string;
  machine: string;
  key: string;
  /** The event's type; for what a leader has to do, what that is. */
  event: string;
  /** Of the proposal chart: `underWay.placed`. */
  state: string;
  ageMs: number;
  /** Where it stands in the log, as far as this node knows. */
  index: number | null;
  /** Who is known to have it on disk; null on a node that does not lead. */
  acknowledgedBy: readonly string[] | null;
}>;

/** That many messages were left out because this viewer reads too slowly. */
export type Dropped = Readonly<{ type: 'dropped'; count: number }>;
