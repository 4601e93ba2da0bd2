/**
 * The one subscription that all actors of an instance share. It begins with a linearizable read,
 * so that the first state of all reflects whatever was acknowledged to anyone before; from there
 * on each event comes once and in order. It has no end of its own but a refusal.
 */
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { follow, type Instance } from './follow.ts';
import { toClientError } from './client-error.ts';
import { sleep } from './insist.ts';
import type { StateAnswer } from './messages.ts';
import { read } from './read.ts';
import type { Rotation } from './rotation.ts';

/** The instance as of an index of the log; `view` is null where it had not begun. */
export type KnownState = Readonly<{
  index: number;
  view: InstanceView | null;
  /** Null for a state that is not the outcome of one event: the first, or one after a gap. */
  event: MachineEvent | null;
  /** False where that changed nothing. */
  accepted: boolean;
  emitted: readonly MachineEvent[];
}>;

export interface FeedFollower {
  heard(state: KnownState): void;
  /** There will be nothing more, for a reason. */
  failed(error: unknown): void;
  /** There will be nothing more, because nobody here wants it. */
  ended(): void;
}

export type Feed = Readonly<{
  known(): KnownState | null;
  /** Hears what is known, if anything is, before this returns. Returns the way to leave. */
  join(follower: FeedFollower): () => void;
  close(): void;
}>;

const firstAnswerMs = 5_000;
const firstPauseMs = 1_000;
/** Who leaves and comes back at once, as pages do that are drawn anew, begins no new subscription. */
const lingerMs = 1_000;

/** `ended` is called once, when nobody follows it any more, or it has failed. */
export function openFeed(rotation: Rotation, instance: Instance, ended: () => void): Feed {
  const { clock } = rotation;
  const followers = new Set<FeedFollower>();
  const stop = new AbortController();
  const { signal } = stop;
  let known: KnownState | null = null;
  let leaving: unknown = null;

  const seen = ({ index, snapshot, event, accepted, emitted }: StateAnswer): void => {
    known = {
      index,
      view: snapshot,
      event: event ?? null,
      accepted: accepted ?? true,
      emitted: emitted ?? [],
    };
    for (const follower of followers) follower.heard(known);
  };

  const firstState = async (): Promise<StateAnswer> => {
    for (;;) {
      try {
        const question = { consistency: 'linearizable', timeoutMs: firstAnswerMs, signal } as const;
        return await read(rotation, { ...instance, ...question });
      } catch (error) {
        if (signal.aborted || !isPassing(error)) throw error;
        await sleep(clock, firstPauseMs, signal);
      }
    }
  };

  const run = async (): Promise<void> => {
    const first = await firstState();
    if (signal.aborted) return;
    seen(first);
    await follow(rotation, instance, first.index, { seen, interrupted: () => {}, signal });
  };

  const end = (tell: (follower: FeedFollower) => void): void => {
    if (signal.aborted) return;
    stop.abort();
    clock.clearTimeout(leaving);
    ended();
    for (const follower of followers) tell(follower);
  };
  const close = (): void => end((follower) => follower.ended());

  run().catch((error: unknown) => {
    end((follower) => follower.failed(toClientError(error)));
  });

  return {
    known: () => known,
    join(follower) {
      clock.clearTimeout(leaving);
      followers.add(follower);
      // What it was the outcome of is past.
      if (known !== null) follower.heard({ ...known, event: null, accepted: true, emitted: [] });
      return () => {
        if (!followers.delete(follower) || followers.size > 0 || signal.aborted) return;
        leaving = clock.setTimeout(close, lingerMs);
      };
    },
    close,
  };
}

const passing: ReadonlySet<string> = new Set([
  'no-leader',
  'shutting-down',
  'diverged',
  'overloaded',
  'cluster-unreachable',
]);
const isPassing = (error: unknown): boolean =>
  error instanceof QuorateError && passing.has(error.code);
