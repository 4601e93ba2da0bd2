/** One node as viewers see it: ours, from within, or a peer, as it tells of itself. */
import type { Chart } from '../../machines/protocol/chart.ts';
import type {
  ActorEntry,
  ActorGone,
  ActorName,
  ActorPicture,
  ActorStep,
  ChartKey,
  NodePicture,
  ProposalsPicture,
} from './protocol.ts';
import type { Answer, Question } from './question-protocol.ts';

export type Watched = ActorPicture | ActorStep | ActorGone;

type WithoutRequest<Each> = Each extends unknown ? Omit<Each, 'request'> : never;
/** An answer, before it is known whose question it is of. */
export type Reply = WithoutRequest<Answer>;

export interface Source {
  picture(): NodePicture;
  actors(): readonly ActorEntry[];
  /** Tells where it stands, at once or as soon as that is known; then each step. */
  watch(actor: ActorName, tell: (seen: Watched) => void): () => void;
  watchProposals(tell: (seen: ProposalsPicture) => void): () => void;
  /** Replies once, after any number of times with progress. */
  ask(question: Question, reply: (reply: Reply) => void): void;
  chart(key: ChartKey): Chart | undefined;
}
