/** What is known of an actor that the page watches. */
import type { ActorGone, ActorPicture, ActorStep, ChartKey, Stand } from '../../protocol.ts';
import type { Difference } from '../../question-protocol.ts';
import { differencesBetween } from './differences.ts';

export type SeenActor = Readonly<{
  chart: ChartKey | null;
  stand: Stand | null;
  /** By the page's own monotone clock: remaining times are from then. */
  heardAtMs: number;
  /** The last ones, the newest first. */
  steps: readonly ActorStep[];
  /** How many there were since the page began to look. */
  stepCount: number;
  /** So many of them were too many to be told. */
  skippedCount: number;
  /** What the last step changed. */
  differences: readonly Difference[];
  /** Why there is no such actor any more. */
  gone: string | null;
}>;

const mostSteps = 200;

export const unseen: SeenActor = {
  chart: null,
  stand: null,
  heardAtMs: 0,
  steps: [],
  stepCount: 0,
  skippedCount: 0,
  differences: [],
  gone: null,
};

export function seeActor(
  seen: SeenActor,
  message: ActorPicture | ActorStep | ActorGone,
  nowMs: number,
): SeenActor {
  if (message.type === 'gone') return { ...seen, gone: message.reason };
  if (message.type === 'actor') {
    const { type: _, actor: __, chart, ...stand } = message;
    return { ...seen, chart, stand, heardAtMs: nowMs, differences: [], gone: null };
  }
  const differences = differencesBetween(seen.stand?.context, message.context);
  return {
    ...seen,
    stand: message,
    heardAtMs: nowMs,
    steps: [message, ...seen.steps].slice(0, mostSteps),
    stepCount: seen.stepCount + 1 + message.skipped,
    skippedCount: seen.skippedCount + message.skipped,
    differences,
    gone: null,
  };
}
