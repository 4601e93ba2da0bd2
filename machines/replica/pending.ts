/**
 * What one instance waits for and asks of the world, beside its snapshot and as replicated as
 * that: deadlines, and effects that nobody has reported done. Plain values, changed by steps alone.
 */
import type { EffectId } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import type { Term } from '../protocol/ids.ts';

/** Names an actor within its instance, in the order of their making: `x:0` is the machine itself. */
export type Session = string;
export const rootSession: Session = 'x:0';

/** A delayed event, as XState schedules it. */
export type Delayed = Readonly<{
  from: Session;
  /** Null where the chart gave none. */
  id: string | null;
  to: Session;
  event: MachineEvent;
  delayMs: number;
}>;

export type Timer = Delayed &
  Readonly<{
    /** Counted in the order of scheduling. */
    timer: number;
    /** In the cluster's own time. */
    dueMs: number;
    /** In which it was scheduled. */
    term: Term;
    /** Its id has come to mean another one, or nothing: not even its sender's end calls it off. */
    isAdrift: boolean;
  }>;

/** Runs the logic of an invoked or spawned actor that is no machine, until the chart stops it. */
export type Invocation = Readonly<{
  kind: 'invocation';
  session: Session;
  /** What the chart calls it: `src` where it is a name. */
  name: string;
  actorId: string;
  systemId: string | undefined;
  /** XState's actor logic. */
  logic: unknown;
  input: unknown;
}>;

/** An event for an actor of that kind. */
export type Telling = Readonly<{ kind: 'telling'; session: Session; event: MachineEvent }>;

/** A custom action. */
export type CustomAction = Readonly<{
  kind: 'action';
  name: string;
  run: (args: unknown, params: unknown) => unknown;
  args: Readonly<{ context: unknown; event: unknown }>;
  params: unknown;
}>;

/** An event for another instance. */
export type Sending = Readonly<{
  kind: 'sending';
  machine: string;
  key: string;
  event: MachineEvent;
  input?: unknown;
}>;

export type Wish = Invocation | Telling | CustomAction | Sending;

export type Effect = Readonly<{
  id: EffectId;
  wish: Wish;
  /** It must not be begun twice, even if nobody knows whether it was. */
  isOnce: boolean;
  /** The leader of this term runs it: only where it must not be begun twice. */
  claimedIn: Term | null;
  /** The latest word that was heard of it; null: none so far. */
  heard: Heard | null;
}>;

/** By whose leader, and which of all that this one had to say. */
export type Heard = Readonly<{ term: Term; word: number }>;

/** What one step changed, in the order in which it happened. */
export type Change =
  | Readonly<{ type: 'schedule'; delayed: Delayed }>
  | Readonly<{ type: 'cancel'; from: Session; id: string }>
  | Readonly<{ type: 'wish'; wish: Wish }>
  /** That actor is no more: nothing of it is waited for. */
  | Readonly<{ type: 'over'; session: Session }>;

export type Pending = Readonly<{
  timers: readonly Timer[];
  effects: readonly Effect[];
  /** Timers so far. */
  scheduled: number;
}>;

const none: readonly never[] = Object.freeze([]);
export const nothingPending: Pending = Object.freeze({ timers: none, effects: none, scheduled: 0 });

export type Policy = (wish: Wish) => boolean;

/** `index`, `term` and `timeMs` are those of the entry that brought the changes. */
export function afterChanges(
  pending: Pending,
  changes: readonly Change[],
  { index, term, timeMs }: Readonly<{ index: number; term: Term; timeMs: number }>,
  isOnce: Policy,
): Pending {
  let { timers, effects, scheduled } = pending;
  let wished = 0;
  for (const change of changes) {
    switch (change.type) {
      case 'schedule': {
        const { delayed } = change;
        const delayMs = withinTime(delayed.delayMs);
        const dueMs = withinTime(timeMs + delayMs);
        const timer = { ...delayed, delayMs, dueMs, term, timer: scheduled, isAdrift: false };
        timers = [...setAdrift(timers, delayed), timer];
        scheduled += 1;
        break;
      }
      case 'cancel':
        timers = without(timers, (timer) => isNamed(timer, change));
        break;
      case 'wish': {
        const { wish } = change;
        const id: EffectId = `${index}.${wished}`;
        effects = [...effects, { id, wish, isOnce: isOnce(wish), claimedIn: null, heard: null }];
        wished += 1;
        break;
      }
      case 'over': {
        const { session } = change;
        timers = without(timers, ({ from, isAdrift }) => from === session && !isAdrift);
        effects = without(effects, ({ wish }) => 'session' in wish && wish.session === session);
        break;
      }
    }
  }
  const isSame = timers === pending.timers && effects === pending.effects;
  return isSame ? pending : { timers, effects, scheduled };
}

type Name = Readonly<{ from: Session; id: string | null }>;

/**
 * As XState has it: an id means what was scheduled under it last, until any of them has fired.
 * What has lost its name fires all the same.
 */
const isNamed = ({ from, id, isAdrift }: Timer, name: Name): boolean =>
  !isAdrift && id !== null && id === name.id && from === name.from;

const setAdrift = (timers: readonly Timer[], name: Name): readonly Timer[] =>
  timers.some((timer) => isNamed(timer, name))
    ? timers.map((timer) => (isNamed(timer, name) ? { ...timer, isAdrift: true } : timer))
    : timers;

/** The same list where nothing of it goes. */
const without = <Item>(list: readonly Item[], goes: (item: Item) => boolean): readonly Item[] =>
  list.some(goes) ? list.filter((item) => !goes(item)) : list;

/** What is no time at all is now, and what is never is very late: a queue has to sort them. */
const withinTime = (ms: number): number => (ms > 0 ? Math.min(ms, Number.MAX_SAFE_INTEGER) : 0);

/** It fires, and its id means nothing from now on. */
export function withoutTimer(pending: Pending, { timer, from, id }: Timer): Pending {
  const others = without(pending.timers, (each) => each.timer === timer);
  return { ...pending, timers: setAdrift(others, { from, id }) };
}

export const withoutEffects = (pending: Pending, ids: readonly EffectId[]): Pending => ({
  ...pending,
  effects: pending.effects.filter(({ id }) => !ids.includes(id)),
});

export const withClaim = (pending: Pending, claimed: EffectId, term: Term): Pending => ({
  ...pending,
  effects: pending.effects.map((effect) =>
    effect.id === claimed ? { ...effect, claimedIn: term } : effect,
  ),
});

/** Null where that word was heard before: whoever put it into the log did not know that it was there. */
export function withWord(pending: Pending, id: EffectId, heard: Heard): Pending | null {
  const before = pending.effects.find((effect) => effect.id === id)?.heard;
  if (before?.term === heard.term && before.word >= heard.word) return null;
  const effects = pending.effects.map((effect) =>
    effect.id === id ? { ...effect, heard } : effect,
  );
  return { ...pending, effects };
}
