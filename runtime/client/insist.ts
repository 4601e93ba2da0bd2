/** Asking again, of one node after another, until it is settled, the time is up or nobody wants it. */
import type { Clock } from '../clock.ts';
import { Unreachable, type Connection } from './connection.ts';
import type { Rotation } from './rotation.ts';

/** What one node is given to answer before another is asked. */
const attemptMsMax = 2_000;
const connectMsMax = 1_000;

/** Says less than what became of the last try. */
const outOfTime = new Unreachable('no connection in time');

/** One try at one node. Null: it came to nothing that is final, so ask another. */
export type Attempt<Settled> = (
  connection: Connection,
  patienceMs: number,
) => Promise<Settled | null>;

export type InTime<Settled> =
  | Readonly<{ settled: Settled }>
  /** `unreachable` says what became of the last try to connect; null where that was not it. */
  | Readonly<{ settled: null; unreachable: string | null }>;

/** Rejects with the signal's reason as soon as it is aborted, whatever is under way. */
export async function insist<Settled>(
  rotation: Rotation,
  timeoutMs: number,
  attempt: Attempt<Settled>,
  signal?: AbortSignal,
): Promise<InTime<Settled>> {
  const { clock } = rotation;
  const deadlineMs = clock.nowMs() + timeoutMs;
  const leftMs = (): number => Math.ceil(deadlineMs - clock.nowMs());
  let unreachable: string | null = null;

  for (let tries = 0; ; tries += 1) {
    signal?.throwIfAborted();
    if (leftMs() <= 0) return { settled: null, unreachable };
    try {
      const connecting = rotation.connected(Math.min(leftMs(), connectMsMax));
      const connection = await within(clock, leftMs(), connecting, signal);
      unreachable = null;
      const patienceMs = Math.max(1, Math.min(leftMs(), attemptMsMax));
      const settled = await within(clock, null, attempt(connection, patienceMs), signal);
      if (settled !== null) return { settled };
      rotation.moveOn(connection);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      unreachable = error === outOfTime ? (unreachable ?? error.message) : error.message;
    }
    const pauseMs = Math.max(0, Math.min(rotation.pauseBefore(tries), deadlineMs - clock.nowMs()));
    await sleep(clock, pauseMs, signal);
  }
}

/** The same promise, as long as there is time and nobody calls it off. */
function within<Value>(
  clock: Clock,
  withinMs: number | null,
  promise: Promise<Value>,
  signal?: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const alarm =
      withinMs === null
        ? null
        : clock.setTimeout(() => {
            settle();
            reject(outOfTime);
          }, withinMs);
    const abort = (): void => {
      settle();
      reject(signal?.reason as Error);
    };
    const settle = (): void => {
      if (alarm !== null) clock.clearTimeout(alarm);
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort);
    promise.finally(settle).then(resolve, reject);
  });
}

/** Wakes early when it is called off. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clock.clearTimeout(alarm);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const alarm = clock.setTimeout(wake, delayMs);
    if (signal?.aborted === true) wake();
    else signal?.addEventListener('abort', wake);
  });
}
