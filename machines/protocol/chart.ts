/**
 * A statechart as plain data, for whoever draws it: what a viewer gets instead of code. State and
 * transition ids are stable: the same definition gives the same ids on every node.
 */

export type Chart = Readonly<{
  /** The machine's id. */
  id: string;
  root: ChartState;
}>;

export type ChartState = Readonly<{
  /** XState's id of the state node, such as `node.role.leader`. */
  id: string;
  key: string;
  kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'shallow-history' | 'deep-history';
  description: string | null;
  /** The id of the child that is entered first; null where there is none. */
  initial: string | null;
  tags: readonly string[];
  /** Names of actions. Those that `after` adds for its own timers are left out. */
  entry: readonly string[];
  exit: readonly string[];
  invokes: readonly Readonly<{ id: string; src: string }>[];
  transitions: readonly ChartTransition[];
  states: readonly ChartState[];
}>;

export type ChartTransition = Readonly<{
  /** `STATE#N`: the Nth that its state has, in the order in which XState tries them per event. */
  id: string;
  /** The event's type as XState has it: `PAY`, `*`, `xstate.after.1000.order.open`; empty for `always`. */
  event: string;
  kind: 'event' | 'always' | 'after' | 'done' | 'error' | 'snapshot';
  /** What to call it for people: `PAY`, `after 1000 ms`, `done: charge`. */
  label: string;
  /** The guard's name; null where there is none. */
  guard: string | null;
  /** Ids of states. Empty: it stays where it is, and ignores the event if it has no actions either. */
  targets: readonly string[];
  actions: readonly string[];
  reenter: boolean;
  description: string | null;
}>;

/** A transition that might have been taken and was not, because its guard said no. */
export type Refusal = Readonly<{ transition: string; guard: string }>;

/** What one event made of a chart: why it moved, or why it did not. */
export type Explanation = Readonly<{
  /** One for each microstep, in order: the event behind it and the ids of the transitions taken. */
  microsteps: readonly Readonly<{ event: string; transitions: readonly string[] }>[];
  /** Looked at before another was taken, or before none was. */
  refusals: readonly Refusal[];
  /** No state that it was in mentions the event at all. */
  unmentioned: boolean;
}>;

/** An event that some state mentions by its name. */
export type Offer = Readonly<{
  type: string;
  /** Whether it would be taken as it is, without a payload; null where a guard throws for want of one. */
  wouldBeTaken: boolean | null;
  guards: readonly string[];
}>;
