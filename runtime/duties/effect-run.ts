/**
 * The real thing behind an effect: XState's own actor of that logic, in a system that it has for
 * itself. What it would tell itself, and what it sends to its parent, is told to us instead: it
 * becomes true by the log, in the chart, and not here.
 */
// What XState's actors and systems keep to themselves has such names.
// oxlint-disable no-underscore-dangle
import { createActor, type AnyActorLogic, type AnyActorRef } from 'xstate';
import type { EffectId, Said } from '../../machines/protocol/chore.ts';
import type { Invocation } from '../../machines/replica/pending.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { copyOf } from '../../machines/replica/copy.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** What an effect may want to know of itself, to be known by others. */
export type EffectInfo = Readonly<{
  /** The same whenever it is run again: a key for whoever must not do it twice. */
  id: EffectId;
  /** Grows with every leader: whoever is called may turn away all that come with a lower one. */
  fencingTerm: number;
  machine: string;
  key: string;
}>;

export type EffectRun = Readonly<{
  /** An event from the chart. */
  tell(event: MachineEvent): void;
  /** Aborts its signal, or calls what its callback returned. */
  stop(): void;
}>;

type Parts = Readonly<{
  invocation: Invocation;
  info: EffectInfo;
  clock: Clock;
  logger: Logger;
  say: (said: Said) => void;
}>;

/** On the actor itself, for all copies of this package in a process. */
const mark: unique symbol = Symbol.for('quorate.effectInfo') as never;

/**
 * For the `self` that a promise, a callback or an observable is given: who runs it, and as what.
 * Null where the machine runs as a plain actor.
 *
 * @example
 * fromPromise(({ input, self }) => charge(input, { idempotencyKey: effectInfo(self)?.id }))
 */
export const effectInfo = (self: object): EffectInfo | null =>
  (self as { [mark]?: EffectInfo })[mark] ?? null;

export function runEffect({ invocation, info, clock, logger, say }: Parts): EffectRun {
  type Actor = AnyActorRef & { _send(event: unknown): void; _stop(): void };
  let sessions = 0;
  const ignore = (): void => {};

  const system = {
    _bookId: () => `${info.id}:${sessions++}`,
    _register: ignore,
    _unregister: ignore,
    _set: ignore,
    get: () => undefined,
    getAll: () => ({}),
    getSnapshot: () => ({ _scheduledEvents: {} }),
    inspect: () => ({ unsubscribe: ignore }),
    start: ignore,
    _sendInspectionEvent({ type, actorRef }: { type: string; actorRef: object }): void {
      // Before its logic can ask.
      if (type === '@xstate.actor') Object.defineProperty(actorRef, mark, { value: info });
    },
    _relay(source: unknown, target: unknown, event: MachineEvent & { error?: unknown }): void {
      if (target !== above) {
        if (source === target) say({ to: 'itself', event });
        else (target as Actor)._send(event);
        return;
      }
      if (event.type === `xstate.error.actor.${invocation.actorId}`) {
        say({ to: 'failure', error: event.error });
      } else say({ to: 'parent', event });
    },
    scheduler: { schedule: ignore, cancel: ignore, cancelAll: ignore },
    _clock: clock,
    _logger: (...said: unknown[]) => logger.info({ effect: info.id, said }, 'log'),
  };
  const above = { id: '', sessionId: '', system };

  const actor = createActor(invocation.logic as AnyActorLogic, {
    id: invocation.actorId,
    parent: above as never,
    // A copy: what the instance holds must not change by what is done to it here.
    input: copyOf(invocation.input),
  }) as unknown as Actor;
  actor.start();

  return {
    tell: (event) => actor._send(event),
    stop: () => actor._stop(),
  };
}
