/**
 * What a viewer asks over `/inspect/feed`, and what it is answered. What a node says by itself
 * stands in protocol.ts.
 */
import type { Explanation, Offer } from '../../machines/protocol/chart.ts';
import type { ActorName, ChartKey, StateValue, EventPicture, Stand } from './protocol.ts';
import type { AskLines, AskSeek, LinesAnswer, SoughtAnswer } from './trace/trace-words.ts';

/**
 * `node`: whom to ask, where it is not the one that it is connected to. To watch an actor that is
 * watched already asks for its picture anew.
 */
export type FromViewer =
  | Readonly<{ type: 'watch' | 'unwatch'; actor: ActorName }>
  | Readonly<{ type: 'watch-proposals' | 'unwatch-proposals'; node: string }>
  | (Readonly<{ request: number; node?: string }> & Question);

export type Question =
  | AskInstances
  | AskLog
  | AskInstanceAt
  | AskMessages
  | AskMessageRecords
  | AskAccepts
  | AskPropose
  | AskTransfer
  | AskSeek
  | AskLines;

export type AskInstances = Readonly<{
  type: 'instances';
  machine: string;
  /** Keys that contain this. */
  search?: string;
  /** The key after which to go on. */
  after?: string;
  limit?: number;
}>;

/** Committed entries at `from` and behind. Without `from`: the last ones. */
export type AskLog = Readonly<{ type: 'log'; from?: number; limit?: number }>;

/** The instance as it was right after that entry was applied. */
export type AskInstanceAt = Readonly<{
  type: 'instance-at';
  machine: string;
  key: string;
  index: number;
}>;

/** What the nodes said to each other for the sake of one entry. */
export type AskMessages = Readonly<{ type: 'messages'; index: number }>;

/** Nodes ask each other for their share of that. */
export type AskMessageRecords = Readonly<{ type: 'message-records'; index: number }>;

/** What an instance could be sent now. */
export type AskAccepts = Readonly<{ type: 'accepts'; machine: string; key: string }>;

export type AskPropose = Readonly<{
  type: 'propose';
  machine: string;
  key: string;
  event: EventPicture;
  input?: unknown;
}>;

/** To that node; to whichever is fit, where it is null. */
export type AskTransfer = Readonly<{ type: 'transfer'; to: string | null }>;

export type Answer = Readonly<{ request: number }> &
  (
    | InstancesAnswer
    | LogAnswer
    | InstanceAtAnswer
    | MessagesAnswer
    | MessageRecordsAnswer
    | AcceptsAnswer
    | ProposedAnswer
    | TransferredAnswer
    | SoughtAnswer
    | LinesAnswer
    /** It takes a while: so much of it is done, between 0 and 1. The answer follows. */
    | Readonly<{ type: 'progress'; done: number }>
    | Readonly<{ type: 'refused'; code: string; message: string }>
  );

export type InstancesAnswer = Readonly<{
  type: 'instances';
  machine: string;
  count: number;
  instances: readonly Readonly<{ key: string; value: StateValue; status: string; index: number }>[];
  /** Ask again with `after: next`; null at the end. */
  next: string | null;
}>;

export type LogAnswer = Readonly<{
  type: 'log';
  firstIndex: number;
  commitIndex: number;
  entries: readonly EntryPicture[];
}>;

export type EntryPicture = Readonly<{
  index: number;
  term: number;
  /** By the cluster's own monotone time, in ms. */
  timeMs: number;
  kind: 'no-op' | 'event' | 'deadline' | 'effect' | 'chore';
  /** In words, where it is none of an instance's events. */
  what: string;
  machine: string | null;
  key: string | null;
  event: EventPicture | null;
  proposalId: string | null;
  bytes: number;
}>;

export type InstanceAtAnswer = Readonly<{
  type: 'instance-at';
  machine: string;
  key: string;
  /** Asked for. */
  index: number;
  /** Null in a trace, which has no charts of users' machines. */
  chart: ChartKey | null;
  exists: boolean;
  /** The event that brought it here, at or before the entry asked for. */
  event: EventPicture | null;
  accepted: boolean;
  explanation: Explanation | null;
  stand: Stand | null;
  /** Against the state before that event, by path in the context. */
  differences: readonly Difference[];
  /** The instance's own events around: for stepping. */
  previousIndex: number | null;
  nextIndex: number | null;
}>;

export type Difference = Readonly<{
  /** Such as `context.items[2].price`. */
  path: string;
  before?: unknown;
  after?: unknown;
}>;

export type MessagesAnswer = Readonly<{
  type: 'messages';
  index: number;
  term: number;
  proposalId: string | null;
  /** In an order that no clock contradicts: nothing is received before it is sent. */
  messages: readonly MessagePicture[];
  /** Why there may be more than this; null where this is all. */
  isPartialBecause: string | null;
}>;

export type MessagePicture = Readonly<{
  from: string;
  to: string;
  kind: string;
  /** In a few words: `entries 12 to 14, commit 11`. */
  what: string;
  /** By the wall clocks of sender and receiver; null where that one has no record of it. */
  sentMs: number | null;
  receivedMs: number | null;
}>;

/** What one node sent and heard, in its order. */
export type MessageRecordsAnswer = Readonly<{
  type: 'message-records';
  records: readonly MessageRecord[];
  /** Since when it remembers, by its wall clock; null where it does not at all. */
  sinceMs: number | null;
}>;

export type MessageRecord = Readonly<{
  way: 'sent' | 'heard';
  from: string;
  to: string;
  kind: string;
  what: string;
  atMs: number;
}>;

export type AcceptsAnswer = Readonly<{
  type: 'accepts';
  machine: string;
  key: string;
  exists: boolean;
  /** Those that the states it is in mention, wildcards left out. */
  events: readonly Offer[];
}>;

export type ProposedAnswer = Readonly<{
  type: 'proposed';
  proposalId: string;
  end: 'committed' | 'refused' | 'unknown';
  index: number | null;
  accepted: boolean | null;
  code: string | null;
  message: string | null;
}>;

export type TransferredAnswer = Readonly<{ type: 'transferring'; to: string | null }>;
