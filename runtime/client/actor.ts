/**
 * One replicated instance as it looks from here. What the cluster says of it comes in by `heard`,
 * in the order of the log; what callers want goes out by the line that all actors share.
 *
 * The types that callers see are in replicated-actor.ts; in here a snapshot is a snapshot.
 */
import {
  toObserver,
  type AnyStateMachine,
  type EventObject,
  type Observer,
  type Subscription,
} from 'xstate';
import { addSymbols, soleSystem } from './actor-interop.ts';
import type { ActorLine } from './actor-line.ts';
import { Arrivals } from './arrivals.ts';
import { closedError, QuorateClientError } from './client-error.ts';
import { inWriting, type EventText } from './event-text.ts';
import type { KnownState } from './feed.ts';
import type { Instance } from './follow.ts';
import { firstSnapshot } from './first-snapshot.ts';
import type { Foreseen } from './foresight.ts';
import type { CommittedAnswer } from './messages.ts';
import { Observers } from './observers.ts';
import type { ActorOptions, ProposeOptions, ReadOptions } from './replicated-actor.ts';
import { selection } from './selection.ts';
import { inTurn, type Sends } from './sends.ts';
import { Sight } from './sight.ts';
import type { AnySnapshot, SnapshotMaker } from './snapshots.ts';

export type ActorParts = Readonly<{
  line: ActorLine;
  instance: Instance;
  maker: SnapshotMaker;
  /** Null where only its name is known. */
  machine: AnyStateMachine | null;
  options: ActorOptions<AnyStateMachine>;
}>;

/** How long a proposal's answer waits for the subscription to come as far. */
const catchUpMsMax = 1_000;

type Sent = Readonly<{
  text: EventText;
  askedMs: number;
  foreseen: Foreseen | null;
  left: () => void;
}>;

export class Actor {
  readonly id: string;
  readonly sessionId: string;
  readonly src: string | AnyStateMachine;
  readonly system = soleSystem;
  readonly #parts: ActorParts;
  readonly #observers: Observers;
  readonly #sight: Sight;
  readonly #sends: Sends<Sent>;
  #end: 'done' | 'error' | 'closed' | null = null;
  #isStarted = false;
  #leave: (() => void) | null = null;
  #ready: Promise<this> | null = null;
  readonly #arrivals: Arrivals;

  constructor(parts: ActorParts) {
    const { line, instance, maker, machine, options } = parts;
    this.#parts = parts;
    this.id = `${instance.machine}/${instance.key}`;
    this.sessionId = this.id;
    this.src = machine ?? instance.machine;
    this.#sight = new Sight(maker, options.optimistic === true ? machine : null);
    this.#arrivals = new Arrivals(line.clock);
    this.#sends = inTurn((sent) => this.#deliver(sent));
    this.#observers = new Observers(
      (error) => line.unhandled(error),
      () => this.#followOrLeave(),
    );
    const known = line.peek(instance);
    if (known !== null) this.#learnAside(known);
    addSymbols(this);
  }

  // What it shows.

  getSnapshot = (): AnySnapshot => this.#sight.shown;

  getPersistedSnapshot = (): object => this.#sight.persisted();

  subscribe = (
    first: Observer<unknown> | ((snapshot: unknown) => void),
    error?: (error: unknown) => void,
    complete?: () => void,
  ): Subscription => {
    const observer = toObserver(first as (snapshot: unknown) => void, error, complete);
    if (this.#end === null) return this.#observers.add(observer);
    // As XState has it for an actor that has stopped.
    if (this.#end !== 'error') observer.complete?.();
    else if (observer.error) observer.error(this.#sight.shown.error);
    else this.#parts.line.unhandled(this.#sight.shown.error);
    return { unsubscribe: () => {} };
  };

  on = (type: string, handler: (emitted: EventObject) => void): Subscription =>
    this.#end === null ? this.#observers.on(type, handler) : { unsubscribe: () => {} };

  select = <Selected>(
    selector: (snapshot: AnySnapshot) => Selected,
    isEqual: (one: Selected, other: Selected) => boolean = Object.is,
  ) => selection(this, selector, isEqual);

  ready = async ({ signal }: { signal?: AbortSignal } = {}): Promise<this> => {
    if (signal !== undefined) return this.#untilReady(signal);
    this.#ready ??= this.#untilReady();
    return this.#ready;
  };

  async #untilReady(signal?: AbortSignal): Promise<this> {
    if (this.#end === 'error') throw this.#sight.shown.error;
    if (this.#sight.isBlank) await firstSnapshot(this, this.id, signal);
    return this;
  }

  // What it follows.

  start = (): this => {
    this.#isStarted = true;
    this.#followOrLeave();
    return this;
  };

  stop = (): void => {
    if (this.#end !== null) return;
    this.#end = 'closed';
    this.#ending();
    this.#observers.complete();
  };

  close = this.stop;

  #followOrLeave(): void {
    const wantsTo = this.#end === null && (this.#isStarted || !this.#observers.isEmpty);
    if (wantsTo && this.#leave === null) this.#follow();
    if (!wantsTo && this.#leave !== null) {
      const leave = this.#leave;
      this.#leave = null;
      leave();
    }
  }

  #follow(): void {
    const { line, instance } = this.#parts;
    // It may hear of the end before there is anything to leave.
    let isOver = false;
    this.#leave = () => (isOver = true);
    try {
      const leave = line.join(instance, {
        heard: (state) => this.#heard(state),
        failed: (error) => this.#fail(error),
        ended: this.stop,
      });
      if (isOver) leave();
      else this.#leave = leave;
    } catch (error) {
      this.#leave = null;
      throw error;
    }
  }

  #heard(state: KnownState): void {
    if (this.#end !== null || !this.#sight.isNews(state)) return;
    const before = this.getSnapshot();
    if (!this.#learn(state)) return;
    for (const event of state.emitted) this.#observers.emitted(event);
    // XState tells of each event, though it changed nothing.
    const isTold = state.event !== null || this.getSnapshot() !== before;
    if (isTold && !this.#sight.isBlank) this.#observers.next(this.getSnapshot());
    this.#arrivals.reached(state.index);
    this.#endAsKnown();
  }

  /** False where it turns out that this cannot be shown. */
  #learn(state: KnownState): boolean {
    try {
      this.#sight.learn(state);
      return true;
    } catch (error) {
      this.#fail(machineDiffers(this.id, error));
      return false;
    }
  }

  /** Of an actor that follows nothing. One that does learns by that alone, or would skip events. */
  #learnAside(state: KnownState): void {
    if (this.#leave !== null || this.#end !== null || !this.#sight.isNews(state)) return;
    if (this.#learn(state)) this.#endAsKnown();
  }

  #learnFrom({ index, snapshot = null }: CommittedAnswer): void {
    // Null: it is no longer known what the instance was like then.
    if (snapshot !== null) this.#learnAside(asKnown(index, snapshot));
  }

  #endAsKnown(): void {
    if (this.#end !== null || this.#sight.status === 'active') return;
    if (this.#sight.status === 'error') return this.#fail(this.#sight.shown.error);
    this.#end = 'done';
    this.#ending();
    this.#observers.complete();
  }

  /** Shown as XState shows it: in the snapshot's status, and to whoever observes. */
  #fail(error: unknown): void {
    if (this.#end !== null) return;
    this.#end = 'error';
    this.#sight.fail(error);
    this.#ending();
    const wasObserved = !this.#observers.isEmpty;
    const wasHeard = this.#observers.error(error);
    this.#observers.forget();
    if (wasObserved && !wasHeard) this.#parts.line.unhandled(error);
  }

  #ending(): void {
    this.#followOrLeave();
    this.#arrivals.reached(Infinity);
  }

  // What callers want of it.

  send = (event: EventObject): void => {
    const { line, options } = this.#parts;
    const before = this.getSnapshot();
    try {
      if (this.#end === 'closed') throw closedError(this.id);
      const text = inWriting(event, this.#input(options.input));
      const left = line.enter(text.chars);
      const foreseen = this.#sight.foresee(text.event);
      this.#sends.push({ text, askedMs: line.clock.nowMs(), foreseen, left });
    } catch (error) {
      return this.#undelivered(error);
    }
    this.#tellIfChanged(before);
  };

  /** So XState's own `sendTo` delivers to an actor of another system. */
  _send = (event: EventObject): void => this.send(event);

  async #deliver({ text, askedMs, foreseen, left }: Sent): Promise<void> {
    const { line, instance } = this.#parts;
    try {
      const answer = await line.propose(instance, text, {}, askedMs);
      const before = this.getSnapshot();
      this.#sight.settle(foreseen, answer.index);
      this.#learnFrom(answer);
      this.#tellIfChanged(before);
    } catch (error) {
      const before = this.getSnapshot();
      this.#sight.settle(foreseen, null);
      this.#tellIfChanged(before);
      this.#undelivered(error);
    } finally {
      left();
    }
  }

  #tellIfChanged(before: AnySnapshot): void {
    if (this.#end === null && this.getSnapshot() !== before) {
      this.#observers.next(this.getSnapshot());
    }
  }

  #undelivered(error: unknown): void {
    const { line, options } = this.#parts;
    try {
      if (options.onError) options.onError(error as QuorateClientError);
      else if (!this.#observers.error(error)) line.unhandled(error);
    } catch (thrown) {
      line.unhandled(thrown);
    }
  }

  propose = async (event: EventObject, options: ProposeOptions = {}): Promise<object> => {
    if (this.#end === 'closed') throw closedError(this.id);
    const { line, instance, maker } = this.#parts;
    const askedMs = line.clock.nowMs();
    const text = inWriting(event, this.#input(options.input ?? this.#parts.options.input));
    const left = line.enter(text.chars);
    try {
      const answer = await line.propose(instance, text, options, askedMs);
      const { proposalId, index, accepted, snapshot = null, emitted = [] } = answer;
      this.#learnFrom(answer);
      const leftMs = askedMs + (options.timeoutMs ?? line.timeoutMs) - line.clock.nowMs();
      if (this.#leave !== null) await this.#arrivals.at(index, Math.min(leftMs, catchUpMsMax));
      const shown = snapshot === null ? null : shownOr(null, () => maker.of(snapshot));
      return { proposalId, index, accepted, snapshot: shown, emitted };
    } finally {
      left();
    }
  };

  read = async (options: ReadOptions = {}): Promise<object> => {
    const { line, instance, maker } = this.#parts;
    const { index, exists, snapshot } = await line.read(instance, options);
    this.#learnAside(asKnown(index, snapshot));
    if (!exists || snapshot === null) return { index, exists: false, snapshot: null };
    try {
      return { index, exists, snapshot: maker.of(snapshot) };
    } catch (error) {
      throw machineDiffers(this.id, error);
    }
  };

  /** It is looked at only when the instance begins. */
  #input = (input: unknown): unknown => (this.#sight.hasBegun ? undefined : input);

  toJSON = (): object => ({ xstate$$type: 1, id: this.id });
}

/** As an answer tells of it. */
const asKnown = (index: number, view: KnownState['view']): KnownState => ({
  index,
  view,
  accepted: true,
  event: null,
  emitted: [],
});

const machineDiffers = (id: string, cause: unknown): QuorateClientError =>
  new QuorateClientError(
    'machine-differs',
    'refused',
    `${id} is in a state that the machine at hand does not have (${(cause as Error).message}): use the same definition as the nodes`,
    { cause },
  );

function shownOr<Value>(otherwise: Value, make: () => Value): Value {
  try {
    return make();
  } catch {
    return otherwise;
  }
}
