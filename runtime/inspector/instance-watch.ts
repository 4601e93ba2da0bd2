/**
 * One instance, followed event by event as this node applies them. Nothing is done for it in the
 * turn that applies an event but to keep where it stood; the step is explained afterwards, by
 * taking it once more.
 */
import type { Explanation } from '../../machines/protocol/chart.ts';
import { MachineFailure, type Engine, type Snapshot } from '../../machines/replica/engine.ts';
import { nothingPending, type Pending } from '../../machines/replica/pending.ts';
import { entryAt } from '../../machines/rules/log.ts';
import type { AppliedEvent } from '../service.ts';
import type { Inspected } from './inspected.ts';
import type { InstanceName } from './instance-name.ts';
import {
  deadlinePictures,
  instanceEvent,
  instanceStand,
  type InstanceStanding,
} from './instance-stand.ts';
import type { ActorName, ActorPicture, ActorStep } from './protocol.ts';
import type { Watched } from './source.ts';
import { inputIn, stimulusOf } from './stimulus.ts';
import { WatchBudget } from './watch-budget.ts';

/** Where it stood before, or stands. */
type Moment = Readonly<{
  engine: Engine;
  snapshot: Snapshot;
  pending: Pending;
}>;

type Heard = Readonly<{
  skipped: number;
  atMs: number;
  applied: AppliedEvent;
  /** Null: the event began it. */
  before: Moment | null;
  after: Moment;
}>;

const noReasons: Explanation = { microsteps: [], refusals: [], unmentioned: false };

export class InstanceWatch {
  readonly #inspected: Inspected;
  readonly #actor: ActorName;
  readonly #name: InstanceName;
  readonly #budget: WatchBudget;
  readonly #stop: () => void;
  readonly tellers = new Set<(seen: Watched) => void>();
  #latest: Moment | null;
  #heard: Heard[] = [];
  #isWaiting = false;

  constructor(inspected: Inspected, actor: ActorName, name: InstanceName) {
    this.#inspected = inspected;
    this.#actor = actor;
    this.#name = name;
    this.#budget = new WatchBudget(inspected.clock.nowMs());
    this.#latest = this.#now();
    const { machine, key } = name;
    const { contain, core } = inspected;
    this.#stop = core.watchers.watch(
      machine,
      key,
      contain((event: AppliedEvent) => this.#hear(event)),
      contain(() => this.#upgraded()),
    );
  }

  stop(): void {
    this.#stop();
    this.#heard = [];
  }

  introduce(tell: (seen: Watched) => void): void {
    tell(this.#picture());
  }

  /** Now and then: where it stands after steps that were left out. */
  look(): void {
    if (this.#budget.skipped === 0 || this.#heard.length > 0) return;
    this.#budget.takeSkipped();
    this.#tell(this.#picture());
  }

  #now(): Moment | null {
    const { replica } = this.#inspected.core;
    const { machine, key } = this.#name;
    const instance = replica.instance(machine, key);
    const engine = replica.hosted(machine)?.version.engine;
    if (instance === undefined || engine === undefined) return null;
    return { engine, snapshot: instance.snapshot, pending: instance.pending };
  }

  /** In the turn that applied it, right after it. */
  #hear(applied: AppliedEvent): void {
    const { clock } = this.#inspected;
    const before = this.#latest;
    const after = this.#now();
    this.#latest = after;
    if (after === null || !this.#budget.mayTell(clock.nowMs())) return;
    const skipped = this.#budget.takeSkipped();
    this.#heard.push({ skipped, atMs: clock.wallMs(), applied, before, after });
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    clock.soon(() => this.#tellNext());
  }

  #tellNext(): void {
    this.#isWaiting = false;
    const heard = this.#heard.shift();
    if (heard === undefined) return;
    if (this.#heard.length > 0) {
      this.#isWaiting = true;
      this.#inspected.clock.soon(() => this.#tellNext());
    }
    // So far there was nothing to be seen, not even its chart.
    if (heard.before === null) this.#tell(this.#picture());
    this.#tell(this.#step(heard));
  }

  /** Another definition is in force. */
  #upgraded(): void {
    this.#latest = this.#now();
    this.#heard = [];
    this.#tell(this.#picture());
  }

  #tell(seen: Watched): void {
    for (const tell of this.tellers) tell(seen);
  }

  #picture(): Watched {
    const { core, charts, show } = this.#inspected;
    const { machine, key } = this.#name;
    const moment = this.#now();
    const instance = core.replica.instance(machine, key);
    if (moment === null || instance === undefined) return this.#gone();
    const { view, latestIndex: index } = instance;
    const picture: ActorPicture = {
      type: 'actor',
      actor: this.#actor,
      chart: charts.keyOf(moment.engine.chart()),
      ...instanceStand(this.#standing(moment, view, index), this.#name, show),
    };
    return picture;
  }

  #step({ skipped, atMs, applied, before, after }: Heard): ActorStep {
    const { show } = this.#inspected;
    const { index, event, view } = applied;
    return {
      type: 'step',
      actor: this.#actor,
      skipped,
      atMs,
      event: instanceEvent(event, this.#name, show),
      explanation: this.#explain(applied, before, after.engine),
      ...instanceStand(this.#standing(after, view, index), this.#name, show),
    };
  }

  #standing(
    { engine, snapshot, pending }: Moment,
    view: InstanceStanding['view'],
    index: number,
  ): InstanceStanding {
    const timers = deadlinePictures(pending.timers, this.#inspected.core.clusterTimeMs());
    return { view, active: engine.active(snapshot), index, timers };
  }

  #explain({ index, event }: AppliedEvent, before: Moment | null, engine: Engine): Explanation {
    const entry = entryAt(this.#inspected.core.snapshot().context.log, index);
    if (before !== null) {
      return before.engine.explain(before.snapshot, stimulusOf(entry, event, before.pending));
    }
    return explainFirst(engine, inputIn(entry), stimulusOf(entry, event, nothingPending));
  }

  #gone(): Watched {
    const { core } = this.#inspected;
    const { machine, key } = this.#name;
    const reason = core.replica.machineNames.includes(machine)
      ? `${machine}/${key} has not begun: it begins with its first event`
      : `there is no machine "${machine}" here`;
    return { type: 'gone', actor: this.#actor, reason };
  }
}

/** Of the event that began it: from where it was before that one. */
export function explainFirst(
  engine: Engine,
  input: unknown,
  stimulus: Parameters<Engine['explain']>[1],
): Explanation {
  try {
    return engine.explain(engine.init(input).snapshot, stimulus);
  } catch (thrown) {
    if (!(thrown instanceof MachineFailure)) throw thrown;
    return noReasons;
  }
}
