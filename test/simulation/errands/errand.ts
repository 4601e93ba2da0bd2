/**
 * A machine that waits and reaches out: it has delays, effects, children, or sends to instances of
 * other machines. What it does is said once more without XState, as for a load, together with
 * what it waits for: the log has to come to the same.
 */
import type { StateValue } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import type { Definition, MissedDeadlines } from '../../../machines/replica/replicated.ts';
import type { Chance } from '../../world/random.ts';
import type { Place } from './place.ts';

/** Where an instance stands. Plain JSON. */
export type Stand = Readonly<{ value: StateValue; context: unknown }>;

/** One thing that is asked of the world: what is to be done, for which event of the whole run. */
export type Asked = Readonly<{ name: string; nth: number }>;

/** An event for an instance of a machine. `isDoomed`: it cannot be taken, and is dropped. */
export type Sent = Readonly<{
  machine: string;
  key: string;
  event: MachineEvent;
  isDoomed?: boolean;
}>;

/** What comes of an event. */
export type Step = Readonly<{
  stand: Stand;
  /** Delayed events that will not come, by their types. */
  cancels?: readonly string[];
  schedules?: readonly Readonly<{ event: string; delayMs: number }>[];
  /** What runs from now on; null: nothing any more. */
  runs?: Asked | null;
  /** An action of its own that is to be carried out. */
  acts?: Asked;
  sends?: Sent;
}>;

export type ByHand = Readonly<{
  start: Stand;
  /** Null: nothing comes of the event there. */
  take(from: Stand, event: MachineEvent): Step | null;
  /** Where it stands under the next definition of its machine. */
  upgraded?(from: Stand): Stand;
}>;

export type Errand = Readonly<{
  machine: string;
  byHand: ByHand;
  /** By default `remaining`. */
  missedDeadlines?: MissedDeadlines;
  /** For the process that has this place. All are alike, but for where their effects run. */
  define(place: Place): Definition;
  /** Instead of that one, once it has been installed. */
  next?(place: Place): Definition;
  /** What is done to it next, and to which instance. `nth` is another number each time. */
  draw?(dice: Chance, nth: number): Readonly<{ key: string; event: MachineEvent }>;
}>;

/** Short lives of keys keep contexts small. */
const eventsPerKey = 30;
export const keyFor = (dice: Chance, nth: number): string =>
  `${Math.floor(nth / eventsPerKey)}${dice.pick(['a', 'b', 'c'])}`;
