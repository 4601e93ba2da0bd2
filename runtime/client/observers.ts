/** Those who look at one actor: told as XState tells them, so that its own helpers may be among them. */
import type { EventObject, Observer, Subscription } from 'xstate';

type Told = Partial<Observer<unknown>>;
type Handler = (emitted: EventObject) => void;

export class Observers {
  readonly #observers = new Set<Told>();
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #unhandled: (error: unknown) => void;
  /** The first has come, or the last has gone. */
  readonly #changed: (isObserved: boolean) => void;

  constructor(unhandled: (error: unknown) => void, changed: (isObserved: boolean) => void) {
    this.#unhandled = unhandled;
    this.#changed = changed;
  }

  get isEmpty(): boolean {
    return this.#observers.size === 0 && this.#handlers.size === 0;
  }

  add(observer: Told): Subscription {
    return this.#join(
      () => this.#observers.add(observer),
      () => this.#observers.delete(observer),
    );
  }

  /** `type` may be `*`. */
  on(type: string, handler: Handler): Subscription {
    // The same function given twice is called twice.
    const own: Handler = (emitted) => handler(emitted);
    return this.#join(
      () => {
        const handlers = this.#handlers.get(type) ?? new Set();
        this.#handlers.set(type, handlers.add(own));
      },
      () => {
        const handlers = this.#handlers.get(type);
        handlers?.delete(own);
        if (handlers?.size === 0) this.#handlers.delete(type);
      },
    );
  }

  #join(enter: () => void, leave: () => void): Subscription {
    const wasEmpty = this.isEmpty;
    enter();
    if (wasEmpty) {
      try {
        this.#changed(true);
      } catch (error) {
        leave();
        throw error;
      }
    }
    return {
      unsubscribe: () => {
        if (this.isEmpty) return;
        leave();
        if (this.isEmpty) this.#changed(false);
      },
    };
  }

  next(snapshot: unknown): void {
    for (const { next } of this.#observers) this.#tell(() => next?.(snapshot));
  }

  emitted(event: EventObject): void {
    for (const type of [event.type, '*']) {
      for (const handler of this.#handlers.get(type) ?? []) this.#tell(() => handler(event));
    }
  }

  /** Somebody's `error` was called with it. */
  error(error: unknown): boolean {
    const listeners = [...this.#observers].flatMap(({ error: listener }) => listener ?? []);
    for (const listener of listeners) this.#tell(() => listener(error));
    return listeners.length > 0;
  }

  complete(): void {
    const observers = [...this.#observers];
    this.forget();
    for (const { complete } of observers) this.#tell(() => complete?.());
  }

  forget(): void {
    if (this.isEmpty) return;
    this.#observers.clear();
    this.#handlers.clear();
    this.#changed(false);
  }

  /** An observer that throws is not the actor's business, nor that of the other observers. */
  #tell(observer: () => void): void {
    try {
      observer();
    } catch (error) {
      this.#unhandled(error);
    }
  }
}
