/** Waiting until something is known. */
import type { Observer, Subscription } from 'xstate';
import { abortedError, closedError } from './client-error.ts';

type Shows = Readonly<{ subscribe(observer: Observer<unknown>): Subscription }>;

/** Rejects with what ends it before that. */
export function firstSnapshot(actor: Shows, id: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortedError(signal.reason));
    const settle = (how: () => void): void => {
      signal?.removeEventListener('abort', abort);
      // It may come to this before there is anything to unsubscribe.
      queueMicrotask(() => subscription.unsubscribe());
      how();
    };
    const abort = (): void => settle(() => reject(abortedError(signal?.reason)));
    const subscription = actor.subscribe({
      next: () => settle(resolve),
      error: (error) => settle(() => reject(error)),
      complete: () => settle(() => reject(closedError(id))),
    });
    signal?.addEventListener('abort', abort);
  });
}
