/** What a client and a node say to each other on `/v1/client`, as the client sees it. */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { RefusalCode } from '../../machines/protocol/errors.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { Consistency, NodeStatus } from '../service.ts';

export type ProposeMessage = Readonly<{
  type: 'propose';
  proposalId: string;
  machine: string;
  key: string;
  event: MachineEvent;
  input?: unknown;
  timeoutMs: number;
  reply?: 'snapshot' | 'value' | 'none';
}>;
export type ReadMessage = Readonly<{
  type: 'read';
  machine: string;
  key: string;
  consistency: Consistency;
}>;
export type SubscribeMessage = Readonly<{
  type: 'subscribe';
  machine: string;
  key: string;
  afterIndex: number;
}>;
export type StatusMessage = Readonly<{ type: 'status' }>;

/** Each has one answer. Without its `id`, which the connection gives and takes away again. */
export type Question = ProposeMessage | ReadMessage | StatusMessage;

export type CommittedAnswer = Readonly<{
  type: 'committed';
  proposalId: string;
  index: number;
  term: number;
  accepted: boolean;
  /** Null where a retry comes so late that the state of that moment is no longer kept. */
  snapshot?: InstanceView | null;
  emitted?: readonly MachineEvent[];
}>;
export type RefusedAnswer = Readonly<{
  type: 'refused';
  proposalId?: string;
  code: RefusalCode;
  message: string;
}>;
export type UnknownAnswer = Readonly<{ type: 'unknown'; proposalId: string; message: string }>;
export type StateAnswer = Readonly<{
  type: 'state';
  machine: string;
  key: string;
  index: number;
  exists: boolean;
  snapshot: InstanceView | null;
  event?: MachineEvent;
  accepted?: boolean;
  emitted?: readonly MachineEvent[];
  resync?: true;
}>;
export type StatusAnswer = Readonly<{ type: 'status' }> & NodeStatus;

export type ProposalAnswer = CommittedAnswer | RefusedAnswer | UnknownAnswer;

export type AnswerTo<Asked extends Question> = Asked extends ProposeMessage
  ? ProposalAnswer
  : Asked extends ReadMessage
    ? StateAnswer | RefusedAnswer
    : StatusAnswer | RefusedAnswer;
