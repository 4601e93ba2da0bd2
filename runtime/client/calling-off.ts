/**
 * The signals of all calls that are under way: each is aborted with its caller's own, or with all
 * others when the line is cut. A caller's signal is listened to once, however many calls share it.
 */
export class CallingOff {
  readonly #calls = new Set<AbortController>();
  readonly #shared = new Map<
    AbortSignal,
    Readonly<{ calls: Set<AbortController>; stop: () => void }>
  >();

  readonly #line = new AbortController();

  /** `over` is to be called when the call has ended. */
  begin(own: AbortSignal | undefined): Readonly<{ signal: AbortSignal; over: () => void }> {
    const call = new AbortController();
    this.#calls.add(call);
    const { aborted, reason } = this.#line.signal;
    if (aborted) call.abort(reason);
    else if (own?.aborted === true) call.abort(own.reason);
    else if (own !== undefined) this.#listen(own).add(call);
    return {
      signal: call.signal,
      over: () => {
        this.#calls.delete(call);
        if (own !== undefined) this.#leave(own, call);
      },
    };
  }

  /** Those under way, and whatever begins after this. */
  all(reason: unknown): void {
    this.#line.abort(reason);
    for (const call of this.#calls) call.abort(reason);
  }

  #listen(own: AbortSignal): Set<AbortController> {
    const known = this.#shared.get(own);
    if (known !== undefined) return known.calls;
    const calls = new Set<AbortController>();
    const abort = (): void => calls.forEach((call) => call.abort(own.reason));
    own.addEventListener('abort', abort);
    this.#shared.set(own, { calls, stop: () => own.removeEventListener('abort', abort) });
    return calls;
  }

  #leave(own: AbortSignal, call: AbortController): void {
    const shared = this.#shared.get(own);
    if (shared === undefined) return;
    shared.calls.delete(call);
    if (shared.calls.size > 0) return;
    this.#shared.delete(own);
    shared.stop();
  }
}
