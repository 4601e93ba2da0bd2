/** Some part of what an actor shows, and who is told when it changes: XState's `select`. */
import { toObserver, type Observer, type Subscription } from 'xstate';
import type { AnySnapshot } from './snapshots.ts';

type Shows = Readonly<{
  getSnapshot(): AnySnapshot;
  subscribe(observer: Observer<unknown>): Subscription;
}>;

export const selection = <Selected>(
  actor: Shows,
  selector: (snapshot: AnySnapshot) => Selected,
  isEqual: (one: Selected, other: Selected) => boolean,
) => ({
  get: (): Selected => selector(actor.getSnapshot()),
  subscribe(
    first: Observer<Selected> | ((selected: Selected) => void),
    error?: (error: unknown) => void,
    complete?: () => void,
  ): Subscription {
    const observer = toObserver(first as (selected: Selected) => void, error, complete);
    let last = selector(actor.getSnapshot());
    return actor.subscribe({
      ...observer,
      next() {
        const selected = selector(actor.getSnapshot());
        if (isEqual(last, selected)) return;
        last = selected;
        observer.next?.(selected);
      },
    });
  },
});
