/** One machine and its instances by key, each where its own events have brought it. */
import type { EffectId, Said } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import { indexZero, type LogIndex, type Term } from '../protocol/ids.ts';
import type { InstanceView } from '../protocol/outcome.ts';
import type { Marked } from './digest.ts';
import { weightOf } from './weight.ts';
import {
  type Begun,
  type Carried,
  type Engine,
  type Inside,
  type Logged,
  MachineFailure,
  type Snapshot,
  type Stepped,
} from './engine.ts';
import type { Migrate } from './migration.ts';
import {
  afterChanges,
  type Effect,
  nothingPending,
  type Pending,
  type Policy,
  type Timer,
  withClaim,
  withoutEffects,
  withoutTimer,
  withWord,
} from './pending.ts';

export type Instance = Readonly<{
  snapshot: Snapshot;
  view: InstanceView;
  /** What that does not show, for other nodes to compare. */
  inside: Inside | null;
  /** About how large the view is, as last weighed. */
  bytes: number;
  /** Until it is weighed again, in events. */
  unweighed: number;
  /** The entry that its view is of: its latest event, or a later one that brought it over to another definition. */
  latestIndex: LogIndex;
  pending: Pending;
}> &
  Marked;

/** What one event did to one instance. */
export type Taken = Readonly<{
  event: MachineEvent;
  accepted: boolean;
  view: InstanceView;
  emitted: readonly MachineEvent[];
  logged: readonly Logged[];
  previousIndex: LogIndex;
  /** About how much memory the view takes. */
  bytes: number;
  /** Why it is broken now, where nobody could be refused. */
  failure: MachineFailure | null;
}>;

/** The entry that brings something about. */
export type At = Readonly<{ index: LogIndex; term: Term; timeMs: number }>;

export interface Instances {
  readonly count: number;
  get(key: string): Instance | undefined;
  /** In the order in which they began. */
  entries(): Iterable<readonly [key: string, instance: Instance]>;
  /** Starts an instance before its first event. */
  begin(key: string): void;
  /** Puts back what the engine has made plain data of. */
  restore(key: string, latestIndex: LogIndex, serialized: unknown): void;
  /**
   * Gives an event to an instance, which begins with it if it is its first. All or nothing:
   * where the engine throws, the instance stays as it was, or does not come to be.
   */
  take(at: At, key: string, event: MachineEvent, input: unknown): Taken;
  /** Null where there is no such deadline, or its time has not come. */
  fire(at: At, key: string, timer: number): Taken | null;
  /** Null where nobody waits for that effect any more, or that word was heard before. */
  hear(at: At, key: string, effect: EffectId, said: Said, word: number): Taken | null;
  /** Whether there is such an effect, and it was free. */
  claim(key: string, effect: EffectId, term: Term): boolean;
  /** These are no longer pending; those that were. */
  finish(key: string, effects: readonly EffectId[]): readonly Effect[];
  /** From now on they are instances of that definition, all or none. Throws {@link MachineFailure}. */
  goOver(at: At, to: Engine, migrate: Migrate | undefined): void;
  /** Changes every deadline of every instance that was scheduled in that term or before. */
  shiftDeadlines(through: Term, shift: (timer: Timer) => number): void;
}

/** Hears of every change of what an instance waits for. */
export type Watching = (key: string, before: Pending, after: Pending) => void;

/** Hears of every instance that is not what it was. */
export type Touching = (key: string, instance: Instance) => void;

type Options = Readonly<{
  isOnce?: Policy;
  watching?: Watching;
  touched?: Touching;
}>;

const eventsBetweenWeighings = 32;

type Mutable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

export function createInstances(
  first: Engine,
  { isOnce = () => false, watching = () => {}, touched = () => {} }: Options = {},
): Instances {
  const byKey = new Map<string, Mutable<Instance>>();
  let engine = first;

  const newborn = (snapshot: Snapshot): Mutable<Instance> => ({
    snapshot,
    view: engine.view(snapshot),
    inside: engine.inside(snapshot),
    bytes: 0,
    unweighed: 0,
    latestIndex: indexZero,
    pending: nothingPending,
    mark: null,
  });

  /** Weighing takes as long as printing, so it is done now and then. */
  function weigh(instance: Mutable<Instance>): void {
    instance.unweighed -= 1;
    if (instance.unweighed > 0) return;
    instance.unweighed = eventsBetweenWeighings;
    instance.bytes = weightOf(instance.view);
  }

  function waitFor(key: string, instance: Mutable<Instance>, pending: Pending): void {
    const before = instance.pending;
    if (pending === before) return;
    instance.pending = pending;
    touched(key, instance);
    watching(key, before, pending);
  }

  /** Nothing in here can fail. */
  function settle(
    at: At,
    key: string,
    instance: Mutable<Instance>,
    stepped: Stepped,
    told: Readonly<{ event: MachineEvent; failure?: MachineFailure }>,
  ): Taken {
    const { snapshot, accepted, emitted, logged, changes } = stepped;
    const { event, failure = null } = told;
    const previousIndex = instance.latestIndex;
    if (snapshot !== instance.snapshot) {
      instance.snapshot = snapshot;
      instance.view = engine.view(snapshot);
      instance.inside = engine.inside(snapshot);
      weigh(instance);
    }
    // Most steps ask for nothing.
    if (changes.length > 0 || instance.view.status !== 'active') {
      waitFor(key, instance, pendingAfter(instance, changes, at));
    }
    instance.latestIndex = at.index;
    touched(key, instance);
    const { view, bytes } = instance;
    return { event, accepted, view, emitted, logged, previousIndex, bytes, failure };
  }

  /** Like an actor that has stopped, one that is over waits for nothing. */
  const pendingAfter = (
    { pending, view }: Instance,
    changes: Stepped['changes'],
    at: At,
  ): Pending =>
    view.status === 'active'
      ? afterChanges(pending, changes, at, isOnce)
      : lastWishes(pending, changes, at);

  /** Of an instance that is over: what it asked for once and for all is still carried out. */
  function lastWishes(pending: Pending, changes: Stepped['changes'], at: At): Pending {
    const { effects } = afterChanges(pending, changes, at, isOnce);
    const left = effects.filter(({ wish }) => wish.kind === 'action' || wish.kind === 'sending');
    return left.length === 0 ? nothingPending : { ...nothingPending, effects: left };
  }

  function takeFirst(at: At, key: string, event: MachineEvent, input: unknown): Taken {
    const begun: Begun = engine.init(input);
    const stepped = engine.apply(begun.snapshot, event);
    const instance = newborn(begun.snapshot);
    byKey.set(key, instance);
    const all: Stepped = {
      ...stepped,
      changes: [...begun.changes, ...stepped.changes],
      emitted: [...begun.emitted, ...stepped.emitted],
      logged: [...begun.logged, ...stepped.logged],
    };
    return settle(at, key, instance, all, { event });
  }

  /** Nobody asked for this step, so nobody can be refused: a machine that fails in it is broken. */
  function stepByItself(
    at: At,
    key: string,
    instance: Mutable<Instance>,
    event: MachineEvent,
    step: () => Stepped,
  ): Taken {
    try {
      return settle(at, key, instance, step(), { event });
    } catch (thrown) {
      if (!(thrown instanceof MachineFailure)) throw thrown;
      const broken = engine.broken(instance.snapshot, thrown);
      return settle(at, key, instance, broken, { event, failure: thrown });
    }
  }

  return {
    get count() {
      return byKey.size;
    },
    get: (key) => byKey.get(key),
    entries: () => byKey.entries(),
    begin(key) {
      const instance = newborn(engine.init(undefined).snapshot);
      byKey.set(key, instance);
      touched(key, instance);
    },
    restore(key, latestIndex, serialized) {
      const { snapshot, pending } = engine.hydrate(serialized);
      const instance = { ...newborn(snapshot), latestIndex };
      byKey.set(key, instance);
      touched(key, instance);
      waitFor(key, instance, pending);
    },
    take(at, key, event, input) {
      const instance = byKey.get(key);
      if (instance === undefined) return takeFirst(at, key, event, input);
      return settle(at, key, instance, engine.apply(instance.snapshot, event), { event });
    },

    fire(at, key, number) {
      const instance = byKey.get(key);
      const timer = instance?.pending.timers.find((each) => each.timer === number);
      // Never early, whatever the clock of whoever proposed it.
      if (instance === undefined || timer === undefined || timer.dueMs > at.timeMs) return null;
      waitFor(key, instance, withoutTimer(instance.pending, timer));
      return stepByItself(at, key, instance, timer.event, () =>
        engine.fire(instance.snapshot, timer),
      );
    },

    hear(at, key, id, said, word) {
      const instance = byKey.get(key);
      const effect = instance?.pending.effects.find((each) => each.id === id);
      if (instance === undefined || effect?.wish.kind !== 'invocation') return null;
      const pending = withWord(instance.pending, id, { term: at.term, word });
      if (pending === null) return null;
      waitFor(key, instance, pending);
      const { session, actorId } = effect.wish;
      const event =
        said.to === 'failure'
          ? { type: `xstate.error.actor.${actorId}`, error: said.error }
          : (said.event as MachineEvent);
      return stepByItself(at, key, instance, event, () =>
        engine.hear(instance.snapshot, session, said),
      );
    },

    claim(key, id, term) {
      const instance = byKey.get(key);
      const effect = instance?.pending.effects.find((each) => each.id === id);
      if (instance === undefined || effect === undefined || effect.claimedIn !== null) return false;
      waitFor(key, instance, withClaim(instance.pending, id, term));
      return true;
    },

    finish(key, ids) {
      const instance = byKey.get(key);
      if (instance === undefined) return [];
      const finished = instance.pending.effects.filter(({ id }) => ids.includes(id));
      if (finished.length > 0) waitFor(key, instance, withoutEffects(instance.pending, ids));
      return finished;
    },

    goOver(at, to, migrate) {
      const moves = [...byKey].map(([key, instance]) => ({
        key,
        instance,
        carried: broughtOver(key, () => to.upgrade(engine, instance, migrate)),
      }));
      engine = to;
      for (const { key, instance, carried } of moves) {
        const before = instance.view;
        const view = engine.view(carried.snapshot);
        const inside = engine.inside(carried.snapshot);
        if (inside !== null || instance.inside !== null) touched(key, instance);
        instance.snapshot = carried.snapshot;
        instance.inside = inside;
        if (!isSameView(before, view)) {
          instance.view = view;
          instance.latestIndex = at.index;
          instance.unweighed = 0;
          touched(key, instance);
        }
        waitFor(key, instance, pendingAfter(upgradedFrom(instance, carried), carried.changes, at));
      }
    },

    shiftDeadlines(through, shift) {
      for (const [key, instance] of byKey) {
        const { pending } = instance;
        if (!pending.timers.some(({ term }) => term <= through)) continue;
        const timers = pending.timers.map((timer) =>
          timer.term <= through ? { ...timer, dueMs: shift(timer) } : timer,
        );
        waitFor(key, instance, { ...pending, timers });
      }
    },
  };
}

const upgradedFrom = (instance: Instance, { timers }: Carried): Instance =>
  timers === instance.pending.timers
    ? instance
    : { ...instance, pending: { ...instance.pending, timers } };

function broughtOver(key: string, upgrade: () => Carried): Carried {
  try {
    return upgrade();
  } catch (thrown) {
    if (!(thrown instanceof MachineFailure)) throw thrown;
    throw new MachineFailure(`instance "${key}" has no place in it: ${thrown.message}`, {
      cause: thrown,
    });
  }
}

const isSameView = (a: InstanceView, b: InstanceView): boolean =>
  a.status === b.status &&
  a.context === b.context &&
  a.output === b.output &&
  a.error === b.error &&
  JSON.stringify(a.value) === JSON.stringify(b.value);
