/**
 * The log once more, in a replica of its own, as far as somebody wants to know the past of one
 * instance. The last steps of that instance are kept for a while, so that going back and forth
 * among them costs nothing.
 */
import { plus, type LogIndex } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Engine, Snapshot } from '../../machines/replica/engine.ts';
import { nothingPending, type Pending } from '../../machines/replica/pending.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import { entryAt, slice } from '../../machines/rules/log.ts';
import { applier, type Applier } from '../applier.ts';
import type { AppliedEvent } from '../service.ts';
import type { Inspected } from './inspected.ts';
import type { InstanceMoment } from './instance-moment.ts';
import type { InstanceName } from './instance-name.ts';
import { deadlinePictures } from './instance-stand.ts';
import { explainFirst } from './instance-watch.ts';
import { inputIn, stimulusOf } from './stimulus.ts';

type Where = Readonly<{ engine: Engine; snapshot: Snapshot; pending: Pending }>;

/** Between two looks at the clock. */
const entriesAtOnce = 64;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export class Replay {
  readonly #inspected: Inspected;
  readonly #name: InstanceName;
  readonly #replica: Replica;
  readonly #applier: Applier;
  #moments: InstanceMoment[] = [];
  #isComplete = true;
  #before: Where | null = null;
  #latestIndex = 0;
  #heard: AppliedEvent | null = null;

  constructor(inspected: Inspected, name: InstanceName) {
    this.#inspected = inspected;
    this.#name = name;
    this.#replica = inspected.newReplica();
    this.#applier = applier({
      replica: this.#replica,
      logger: silent,
      isAwaited: () => false,
      seen: (event) => {
        if (event.machine === name.machine && event.key === name.key) this.#heard = event;
      },
      upgraded: () => {},
    });
  }

  /** How far it has come. */
  get through(): LogIndex {
    return this.#replica.appliedIndex;
  }

  isOf({ machine, key }: InstanceName): boolean {
    return machine === this.#name.machine && key === this.#name.key;
  }

  /** What led up to that entry is not kept any more. */
  hasForgotten(index: number): boolean {
    const [first] = this.#moments;
    return !this.#isComplete && (first === undefined || first.index > index);
  }

  /** Its last event at or before that entry, once the replay has come beyond it. */
  at(index: number): InstanceMoment | undefined {
    return this.#moments.findLast((moment) => moment.index <= index);
  }

  /** The first one behind it. */
  behind(index: number): InstanceMoment | undefined {
    return this.#moments.find((moment) => moment.index > index);
  }

  /** Whether there was anything to apply. */
  step(): boolean {
    const { commitIndex, log } = this.#inspected.core.snapshot().context;
    const from = plus(this.through, 1);
    const entries = slice(
      log,
      from,
      plus(from, Math.min(entriesAtOnce, commitIndex - from + 1) - 1),
    );
    for (const entry of entries) {
      this.#applier.add([entry]);
      this.#applier.step(1);
      this.#notice(entry.index, entry.timeMs);
    }
    return entries.length > 0;
  }

  #notice(index: LogIndex, timeMs: number): void {
    const { machine, key } = this.#name;
    const instance = this.#replica.instance(machine, key);
    const engine = this.#replica.hosted(machine)?.version.engine;
    const heard = this.#heard;
    this.#heard = null;
    if (instance === undefined || engine === undefined) return;
    const before = this.#before;
    const { snapshot, pending, view, latestIndex } = instance;
    this.#before = { engine, snapshot, pending };
    if (latestIndex === this.#latestIndex) return;
    this.#latestIndex = latestIndex;
    this.#keep({
      index,
      event: heard?.event ?? null,
      accepted: heard?.accepted ?? true,
      engine,
      before: before === null ? null : before.engine.view(before.snapshot),
      view,
      active: engine.active(snapshot),
      timers: deadlinePictures(pending.timers, timeMs),
      explanation: heard === null ? null : this.#explain(index, heard, before, engine),
      previousIndex: this.#moments.at(-1)?.index ?? null,
      nextIndex: null,
    });
  }

  #explain(
    index: LogIndex,
    { event }: AppliedEvent,
    before: Where | null,
    engine: Engine,
  ): InstanceMoment['explanation'] {
    const entry = entryAt(this.#inspected.core.snapshot().context.log, index);
    if (before !== null) {
      return before.engine.explain(before.snapshot, stimulusOf(entry, event, before.pending));
    }
    return explainFirst(engine, inputIn(entry), stimulusOf(entry, event, nothingPending));
  }

  #keep(moment: InstanceMoment): void {
    const last = this.#moments.at(-1);
    if (last !== undefined)
      this.#moments[this.#moments.length - 1] = { ...last, nextIndex: moment.index };
    this.#moments.push(moment);
    if (this.#moments.length <= limits.replayedStepsKeptMax) return;
    this.#moments.shift();
    this.#isComplete = false;
  }
}
