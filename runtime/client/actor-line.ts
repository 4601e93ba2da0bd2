/** Between an actor and its cluster. */
import type { Clock } from '../clock.ts';
import type { EventText } from './event-text.ts';
import type { FeedFollower, KnownState } from './feed.ts';
import type { Instance } from './follow.ts';
import type { CommittedAnswer, StateAnswer } from './messages.ts';
import type { ProposeOptions, ReadOptions } from './replicated-actor.ts';

/** What an actor needs of its cluster. Everything that fails does so with a QuorateClientError. */
export interface ActorLine {
  readonly clock: Clock;
  readonly timeoutMs: number;
  propose(
    instance: Instance,
    text: EventText,
    options: ProposeOptions,
    /** When the time began to run. */
    askedMs: number,
  ): Promise<CommittedAnswer>;
  read(instance: Instance, options: ReadOptions): Promise<StateAnswer>;
  /** What anybody here last heard of the instance. */
  peek(instance: Instance): KnownState | null;
  join(instance: Instance, follower: FeedFollower): () => void;
  /** Counts until the function returned is called. Throws `overloaded`. */
  enter(chars: number): () => void;
  /** For what nobody else takes. */
  unhandled(error: unknown): void;
}
