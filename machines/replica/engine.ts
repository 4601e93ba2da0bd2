/**
 * What the replica needs from whatever interprets its users' charts, and all that it knows of
 * it. The next major version of XState is another implementation of this, and nothing else.
 */
import type { Chart, Explanation, Offer } from '../protocol/chart.ts';
import type { Said } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import type { InstanceView } from '../protocol/outcome.ts';
import type { Migrate } from './migration.ts';
import type { Change, Delayed, Pending, Session } from './pending.ts';

/** One actor that is a machine. */
export type Post = Readonly<{
  session: Session;
  /** Those it is in, with the ids of their delays and of what they invoke. */
  states: readonly Readonly<{
    id: string;
    delays: readonly string[];
    actors: readonly string[];
  }>[];
  /** Sessions by id. */
  children: ReadonlyMap<string, Session>;
  /** Whether that event could mean anything to it, in any of its states. */
  hears(eventType: string): boolean;
}>;

declare const brand: unique symbol;

/** Where one instance stands. Immutable, and opaque to all but the engine that made it. */
export type Snapshot = { readonly [brand]: 'Snapshot' };

/** By the actors that it is of. Plain as far as contexts are; it is compared, and never changed. */
export type Inside = Readonly<Record<Session, object>>;

/** What a `log` action wanted to say. */
export type Logged = Readonly<{ label: string | undefined; value: unknown }>;

export type Begun = Readonly<{
  snapshot: Snapshot;
  emitted: readonly MachineEvent[];
  logged: readonly Logged[];
  /** Of what it waits for and asks of the world. */
  changes: readonly Change[];
}>;

/** `accepted` is false exactly where the chart had no transition to take; nothing changed then. */
export type Stepped = Begun & Readonly<{ accepted: boolean }>;

/** An instance that was of another definition; what it waits for no more has changed with it. */
export type Carried = Pick<Begun, 'snapshot' | 'changes'> & Readonly<{ timers: Pending['timers'] }>;

/** What made an instance take a step. */
export type Stimulus =
  | Readonly<{ type: 'event'; event: MachineEvent }>
  | Readonly<{ type: 'timer'; delayed: Delayed }>
  | Readonly<{ type: 'said'; session: Session; said: Said }>;

/** One machine, as pure functions. Same arguments, same results, on every node and in every run. */
export interface Engine {
  /** Throws {@link MachineFailure}. */
  init(input: unknown): Begun;
  /** Throws {@link MachineFailure}. What it was given stays as it was. */
  apply(snapshot: Snapshot, event: MachineEvent): Stepped;
  /** The time of a delayed event has come. Throws {@link MachineFailure}. */
  fire(snapshot: Snapshot, delayed: Delayed): Stepped;
  /** An effect of the actor of that name has something to say. Throws {@link MachineFailure}. */
  hear(snapshot: Snapshot, session: Session, said: Said): Stepped;
  /** The same instance, broken down for good: what became of it where nobody can be refused. */
  broken(snapshot: Snapshot, failure: MachineFailure): Stepped;
  /** What a client may see. No copy is made. */
  view(snapshot: Snapshot): InstanceView;
  /** What that does not show, though it decides what comes next. Null where that is nothing. */
  inside(snapshot: Snapshot): Inside | null;
  /**
   * An instance as plain data, with what it waits for: JSON, where what the machine itself keeps
   * is JSON. Throws {@link Unnameable}.
   */
  serialize(snapshot: Snapshot, pending?: Pending): unknown;
  /** The inverse: what comes back behaves from here on exactly like what was serialized. */
  hydrate(serialized: unknown): Readonly<{ snapshot: Snapshot; pending: Pending }>;
  /**
   * A snapshot of an earlier definition, as one of this one's. Throws {@link MachineFailure}
   * where it has no place here.
   */
  upgrade(
    from: Engine,
    instance: Readonly<{ snapshot: Snapshot; pending: Pending }>,
    migrate: Migrate | undefined,
  ): Carried;
  /** The ids of the delays and of the invoked actors that end when that state is left. */
  endingWith(state: string): Readonly<{ delays: readonly string[]; actors: readonly string[] }>;
  /** What the actors of an instance wait for, the machine's own first: to foresee an upgrade by. */
  posts(snapshot: Snapshot): readonly Post[];
  /** The chart as data. */
  chart(): Chart;
  /** Ids of all states that it is in. */
  active(snapshot: Snapshot): readonly string[];
  /** Why it moved as it did, or did not: takes the step once more, and nothing comes of it. */
  explain(snapshot: Snapshot, stimulus: Stimulus): Explanation;
  /**
   * An instance as a view shows it, to be explained and no more: what its states remember, and
   * its actors, are not in there. Null where it would not do for that either.
   */
  recall(view: InstanceView): Snapshot | null;
  /** What it could be sent: events that the states it is in mention. */
  offers(snapshot: Snapshot): readonly Offer[];
  /** Where the definition shows that code; undefined where it does not. */
  placeOf(code: object): string | undefined;
  /** Whether it shows any code at that place. */
  has(place: string): boolean;
  /** The definition as plain data, the source text of its functions included. */
  describe(): unknown;
}

/**
 * The machine could not take a step: its own code threw, it did not come to rest, or it asked
 * for what cannot be replicated. The same on every node, so an outcome rather than a crash.
 */
export class MachineFailure extends Error {
  override readonly name = 'MachineFailure';
}

/**
 * An instance that cannot be plain data: it holds an actor, or waits for an action, that was made
 * by code within code. Only what a definition shows has a name by which it is found again.
 */
export class Unnameable extends Error {
  override readonly name = 'Unnameable';
  readonly code: 'unnamed-actor' | 'unnamed-action' | 'unnamed-machine';

  constructor(code: Unnameable['code'], what: string) {
    super(`${what}: give it a name in \`setup\`, and use it by that name`);
    this.code = code;
  }
}

const reasonCharsMax = 300;

/** One line from whatever user code threw, which need not be an error and may even resist being read. */
export function reasonOf(thrown: unknown): string {
  try {
    const said =
      typeof thrown === 'object' && thrown !== null && 'message' in thrown
        ? thrown.message
        : thrown;
    const line = String(said).replace(/\s+/g, ' ').trim();
    // Half a surrogate pair would not survive being sent.
    return line.slice(0, reasonCharsMax).replace(/[\uD800-\uDBFF]$/, '') || 'no reason given';
  } catch {
    return 'no reason given';
  }
}
