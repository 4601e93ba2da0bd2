/** What tools expect of an actor besides what it is good for. */

/** Where the platform, or a polyfill, has these symbols. XState does the same about the second. */
export function addSymbols(actor: { close: () => void }): void {
  const { dispose, observable } = Symbol as { dispose?: symbol; observable?: symbol };
  const add = (name: PropertyKey, value: unknown): object =>
    Object.defineProperty(actor, name, { value });
  if (dispose !== undefined) add(dispose, actor.close);
  add(observable ?? '@@observable', () => actor);
}

/** What XState's tools find where they look for other actors: this one has no family. */
export const soleSystem = {
  get: () => undefined,
  getAll: () => ({}),
  inspect: () => ({ unsubscribe: () => {} }),
  getSnapshot: () => ({ _scheduledEvents: {} }),
  start: () => {},
};
