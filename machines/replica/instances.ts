/** One machine and its instances by key, each where its own events have brought it. */
import type { MachineEvent } from '../protocol/entry.ts';
import { indexZero, type LogIndex } from '../protocol/ids.ts';
import type { InstanceView } from '../protocol/outcome.ts';
import { weightOf } from './weight.ts';
import type { Engine, Logged, Snapshot, Stepped } from './engine.ts';

export type Instance = Readonly<{
  snapshot: Snapshot;
  view: InstanceView;
  /** About how large the view is, as last weighed. */
  bytes: number;
  /** Until it is weighed again, in events. */
  unweighed: number;
  /** Its latest event. */
  latestIndex: LogIndex;
}>;

/** What one event did to one instance. */
export type Taken = Readonly<{
  accepted: boolean;
  view: InstanceView;
  emitted: readonly MachineEvent[];
  logged: readonly Logged[];
  previousIndex: LogIndex;
  /** About how much memory the view takes. */
  bytes: number;
}>;

export interface Instances {
  readonly count: number;
  get(key: string): Instance | undefined;
  /** Starts an instance before its first event. */
  begin(key: string): void;
  /**
   * Gives an event to an instance, which begins with it if it is its first. All or nothing:
   * where the engine throws, the instance stays as it was, or does not come to be.
   */
  take(index: LogIndex, key: string, event: MachineEvent, input: unknown): Taken;
}

const eventsBetweenWeighings = 32;

type Mutable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

export function createInstances(engine: Engine): Instances {
  const byKey = new Map<string, Mutable<Instance>>();

  const newborn = (snapshot: Snapshot): Mutable<Instance> => ({
    snapshot,
    view: engine.view(snapshot),
    bytes: 0,
    unweighed: 0,
    latestIndex: indexZero,
  });

  /** Weighing takes as long as printing, so it is done now and then. */
  function weigh(instance: Mutable<Instance>): void {
    instance.unweighed -= 1;
    if (instance.unweighed > 0) return;
    instance.unweighed = eventsBetweenWeighings;
    instance.bytes = weightOf(instance.view);
  }

  /** Nothing in here can fail. */
  function settle(instance: Mutable<Instance>, stepped: Stepped, index: LogIndex): Taken {
    const { snapshot, accepted, emitted, logged } = stepped;
    const previousIndex = instance.latestIndex;
    if (accepted) {
      instance.snapshot = snapshot;
      instance.view = engine.view(snapshot);
      weigh(instance);
    }
    instance.latestIndex = index;
    const { view, bytes } = instance;
    return { accepted, view, emitted, logged, previousIndex, bytes };
  }

  function takeFirst(index: LogIndex, key: string, event: MachineEvent, input: unknown): Taken {
    const begun = engine.init(input);
    const stepped = engine.apply(begun.snapshot, event);
    const instance = newborn(begun.snapshot);
    byKey.set(key, instance);
    const taken = settle(instance, stepped, index);
    return {
      ...taken,
      emitted: [...begun.emitted, ...taken.emitted],
      logged: [...begun.logged, ...taken.logged],
    };
  }

  return {
    get count() {
      return byKey.size;
    },
    get: (key) => byKey.get(key),
    begin: (key) => void byKey.set(key, newborn(engine.init(undefined).snapshot)),
    take(index, key, event, input) {
      const instance = byKey.get(key);
      if (instance === undefined) return takeFirst(index, key, event, input);
      return settle(instance, engine.apply(instance.snapshot, event), index);
    },
  };
}
