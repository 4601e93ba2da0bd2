/**
 * One of this node's own actors, followed step by step. In the actor's own turn no more is done
 * than to keep what was heard; it is put into words afterwards, a few steps at a time.
 */
import type { AnyActorRef, EventObject, Snapshot } from 'xstate';
import type { Explanation } from '../../machines/protocol/chart.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { explanationOf } from '../../machines/replica/xstate5-explain.ts';
import type { Clock } from '../clock.ts';
import type { Charts } from './charts.ts';
import { liveStand, showEvent, timerPictures } from './live-stand.ts';
import type { ActorName, ActorPicture, ActorStep } from './protocol.ts';
import type { Show } from './showing.ts';
import type { Watched } from './source.ts';
import { WatchBudget } from './watch-budget.ts';
import { isOfMachine, machineOf, transitionsOf, type Seen } from './xstate-hook.ts';

type Heard = Readonly<{
  skipped: number;
  atMs: number;
  event: EventObject;
  before: Snapshot<unknown> | null;
  after: Snapshot<unknown>;
  microsteps: readonly Seen[];
}>;

export type LiveWatchParts = Readonly<{
  actor: ActorName;
  clock: Clock;
  charts: Charts;
  show: Show;
  /** It has something to be put into words. */
  waits: (watch: LiveWatch) => void;
}>;

export class LiveWatch {
  readonly #parts: LiveWatchParts;
  readonly #budget: WatchBudget;
  readonly tellers = new Set<(seen: Watched) => void>();
  /** Null while there is no such actor. */
  #ref: AnyActorRef | null = null;
  #before: Snapshot<unknown> | null = null;
  #microsteps: Seen[] = [];
  #isSkipping = false;
  #isInStep = false;
  #heard: Heard[] = [];

  constructor(parts: LiveWatchParts) {
    this.#parts = parts;
    this.#budget = new WatchBudget(parts.clock.nowMs());
  }

  get ref(): AnyActorRef | null {
    return this.#ref;
  }

  /** From now on that is the actor of this name; null: there is none. */
  follow(ref: AnyActorRef | null, reason = 'there is no such actor now'): void {
    if (ref === this.#ref && ref !== null) return;
    const wasThere = this.#ref !== null;
    this.#ref = ref;
    this.#isInStep = false;
    this.#heard = [];
    if (ref !== null) this.#tell(this.#picture(ref));
    else if (wasThere) this.#tell(this.#gone(reason));
  }

  /** For somebody who has just come. */
  introduce(tell: (seen: Watched) => void): void {
    tell(this.#ref === null ? this.#gone('there is no such actor now') : this.#picture(this.#ref));
  }

  /** In the actor's own turn. */
  hear(seen: Seen): void {
    if (seen.type === '@xstate.microstep') {
      if (!this.#isInStep) this.#begin();
      if (!this.#isSkipping) this.#microsteps.push(seen);
    } else if (seen.type === '@xstate.snapshot') this.#finish(seen);
  }

  #begin(): void {
    this.#isInStep = true;
    this.#isSkipping = !this.#budget.mayTell(this.#parts.clock.nowMs());
    this.#microsteps = [];
    // Until the step is over, this is where it stood before.
    this.#before = this.#isSkipping ? null : (this.#ref?.getSnapshot() as Snapshot<unknown>);
  }

  #finish({ event, snapshot }: Seen): void {
    // What is no chart tells of no microsteps.
    if (!this.#isInStep) this.#begin();
    this.#isInStep = false;
    if (this.#isSkipping) return;
    this.#heard.push({
      skipped: this.#budget.takeSkipped(),
      atMs: this.#parts.clock.wallMs(),
      event,
      before: this.#before,
      after: snapshot,
      microsteps: this.#microsteps,
    });
    this.#parts.waits(this);
  }

  /** Puts one step into words. False where there is none left. */
  tellNext(): boolean {
    const heard = this.#heard.shift();
    if (heard === undefined) return false;
    this.#tell(this.#step(heard));
    if (heard.after.status !== 'active') this.follow(null, ends[heard.after.status]);
    return this.#heard.length > 0;
  }

  /** Now and then: whether it ended without a word; and where it stands after steps left out. */
  look(): void {
    if (this.#ref === null || this.#heard.length > 0) return;
    const { status } = this.#ref.getSnapshot() as Snapshot<unknown>;
    if (status === 'active' && this.#budget.skipped === 0) return;
    this.#budget.takeSkipped();
    this.#tell(this.#picture(this.#ref));
    if (status !== 'active') this.follow(null, ends[status]);
  }

  #tell(seen: Watched): void {
    for (const tell of this.tellers) tell(seen);
  }

  #picture(ref: AnyActorRef): ActorPicture {
    const { actor, charts, show, clock } = this.#parts;
    const machine = machineOf(ref);
    const snapshot = ref.getSnapshot() as Snapshot<unknown>;
    return {
      type: 'actor',
      actor,
      chart: machine === null ? null : charts.keyOfMachine(machine),
      ...liveStand(snapshot, show, timerPictures(ref, clock.wallMs())),
    };
  }

  #step({ skipped, atMs, event, before, after, microsteps }: Heard): ActorStep {
    const { actor, show, clock } = this.#parts;
    const timers = this.#ref === null ? [] : timerPictures(this.#ref, clock.wallMs());
    return {
      type: 'step',
      actor,
      skipped,
      atMs,
      event: showEvent(show, event),
      explanation: explained(before, event, microsteps),
      ...liveStand(after, show, timers),
    };
  }

  #gone(reason: string): Watched {
    return { type: 'gone', actor: this.#parts.actor, reason };
  }
}

const ends = {
  active: 'there is no such actor now',
  done: 'it is done',
  error: 'it failed',
  stopped: 'it was stopped',
} as const;

function explained(
  before: Snapshot<unknown> | null,
  event: EventObject,
  microsteps: readonly Seen[],
): Explanation {
  const taken = microsteps.map((seen) => ({
    event: seen.event as MachineEvent,
    transitions: transitionsOf(seen),
  }));
  if (before !== null && isOfMachine(before) && event.type !== 'xstate.stop') {
    return explanationOf(before, event, taken);
  }
  return { microsteps: [], refusals: [], unmentioned: false };
}
