/** Where an instance of a user's machine stands, as a viewer is told. */
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { Timer } from '../../machines/replica/pending.ts';
import type { CutLimits } from './cut.ts';
import { eventShown } from './live-stand.ts';
import type { EventPicture, Stand, StateValue, TimerPicture } from './protocol.ts';
import type { InstanceName } from './instance-name.ts';
import type { ShownPlace, Show } from './showing.ts';

export type InstanceStanding = Readonly<{
  view: InstanceView;
  active: readonly string[];
  index: number;
  timers: readonly TimerPicture[];
}>;

export function instanceStand(
  { view, active, index, timers }: InstanceStanding,
  where: InstanceName,
  show: Show,
  bounds?: CutLimits,
): Stand {
  const at = (kind: ShownPlace['kind']): ShownPlace => ({ kind, ...where });
  const { status, value, context, output, error } = view;
  return {
    status,
    value: value as StateValue,
    active,
    context: show(context, at('context'), bounds),
    ...(output !== undefined && { output: show(output, at('output'), bounds) }),
    ...(error !== undefined && { error: show(error, at('error'), bounds) }),
    timers,
    index,
  };
}

export const instanceEvent = (event: unknown, where: InstanceName, show: Show): EventPicture =>
  eventShown(show(event, { kind: 'event', ...where }), event);

/** By the cluster's own time. */
export const deadlinePictures = (
  timers: readonly Timer[],
  clusterTimeMs: number,
): readonly TimerPicture[] =>
  timers.map(({ event, dueMs, delayMs }) => ({
    event: event.type,
    remainingMs: Math.round(dueMs - clusterTimeMs),
    totalMs: delayMs,
  }));
