/** Where one of this node's own actors stands, as a viewer is told. */
import type { AnyActorRef, Snapshot } from 'xstate';
import { activeStates } from '../../machines/replica/xstate5-chart.ts';
import type { Stand, StateValue, TimerPicture } from './protocol.ts';
import type { ShownPlace, Show } from './showing.ts';
import { isOfMachine, timersOf } from './xstate-hook.ts';

const own = (kind: ShownPlace['kind']): ShownPlace => ({ kind, machine: null, key: null });

export const showEvent = (show: Show, event: unknown): Readonly<{ type: string }> =>
  eventShown(show(event, own('event')), event);

/** Whatever `redact` makes of an event, its type stays one. */
export function eventShown(shown: unknown, event: unknown): Readonly<{ type: string }> {
  const fields = typeof shown === 'object' && shown !== null ? shown : { shown };
  const { type } = fields as { type?: unknown };
  if (typeof type === 'string') return fields as { type: string };
  return { ...fields, type: String((event as { type?: unknown } | null)?.type) };
}

export function liveStand(
  snapshot: Snapshot<unknown>,
  show: Show,
  timers: readonly TimerPicture[],
): Stand {
  const { status, output, error } = snapshot;
  const isChart = isOfMachine(snapshot);
  return {
    status,
    value: isChart ? (snapshot.value as StateValue) : null,
    active: isChart ? activeStates(snapshot) : [],
    context: isChart ? show(snapshot.context, own('context')) : null,
    ...(output !== undefined && { output: show(output, own('output')) }),
    ...(error !== undefined && { error: show(error, own('error')) }),
    timers,
  };
}

export const timerPictures = (actor: AnyActorRef, wallMs: number): readonly TimerPicture[] =>
  timersOf(actor).map(({ event, startedAtMs, delayMs }) => ({
    event,
    remainingMs: Math.round(startedAtMs + delayMs - wallMs),
    totalMs: delayMs,
  }));
