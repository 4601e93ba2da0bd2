/// <reference lib="esnext.disposable" preserve="true" />
/** The face of a replicated instance: what a caller may do with it. */
import type {
  ActorRef,
  AnyStateMachine,
  EmittedFrom,
  EventFrom,
  InputFrom,
  Observer,
  Snapshot,
  SnapshotFrom,
  Subscription,
} from 'xstate';
import type { Consistency } from '../service.ts';
import type { QuorateClientError } from './client-error.ts';
import type { BlankSnapshot, PlainBlank, PlainSnapshot } from './snapshots.ts';

type CallOptions = Readonly<{
  /** Milliseconds until it is given up; by default as the cluster object has it. */
  timeoutMs?: number;
  /** Gives it up at once, with the code `aborted`. */
  signal?: AbortSignal;
}>;

export type ProposeOptions<Machine extends AnyStateMachine = AnyStateMachine> = CallOptions &
  Readonly<{
    /**
     * A UUID. Whatever is proposed again under the same one, by whomever, is applied once, and
     * gets the first outcome. By default each call makes a new one.
     */
    proposalId?: string;
    /** The machine's input, used only if the instance begins with this very event. */
    input?: InputFrom<Machine>;
  }>;

export type ReadOptions = CallOptions &
  Readonly<{
    /**
     * `linearizable`, the default: reflects whatever was acknowledged to anyone before. `lease`:
     * the same. `local`: what one node has, perhaps old.
     */
    consistency?: Consistency;
  }>;

/** In the log of a majority, on disk, and applied. */
export type Committed<Known, Emitted> = Readonly<{
  proposalId: string;
  /** The event's place in the log. */
  index: number;
  /** False where the machine had no transition for it in the state it was in; nothing changed. */
  accepted: boolean;
  /**
   * The instance right after this event. Null only in the answer to a retry that comes so late that
   * the nodes have forgotten what the instance was like then.
   */
  snapshot: Known | null;
  /** What the machine emitted on it, in order. */
  emitted: readonly Emitted[];
}>;

/** As of a place in the log. */
export type ReadResult<Known> =
  | Readonly<{ index: number; exists: true; snapshot: Known }>
  /** It begins with the first event that it is sent. */
  | Readonly<{ index: number; exists: false; snapshot: null }>;

/**
 * One replicated instance, as an XState actor: what takes an actor reference (`waitFor`,
 * `toPromise`, `useSelector` of @xstate/react, `sendTo`) takes this.
 *
 * It follows its instance while somebody observes it (`subscribe`, `on`, `select`, `ready`), and
 * from `start()` to `stop()`. Otherwise it shows what it last knew.
 */
export interface ReplicatedActor<
  Machine extends AnyStateMachine,
  Known extends Snapshot<unknown> = SnapshotFrom<Machine>,
  Blank extends Snapshot<unknown> = BlankSnapshot<Machine>,
> extends ActorRef<Known | Blank, EventFrom<Machine>, EmittedFrom<Machine>> {
  /** `machine/key`. */
  readonly id: string;

  /**
   * Proposes the event, and forgets about it: the next snapshots show what came of it. Events sent
   * through one actor are proposed one after the other, in their order. What fails goes to
   * `onError` (the actor's, else the cluster's); without one, to the `error` of whoever
   * subscribes, who stays subscribed; without such, it is thrown where nothing can catch it.
   */
  send: (event: EventFrom<Machine>) => void;

  /**
   * Proposes the event and waits for its end. Several at once have no order among each other. An
   * actor that follows its instance shows the outcome by then, if its node is not behind.
   *
   * @throws {@link QuorateClientError} with its `outcome` and `proposalId`.
   */
  propose(
    event: EventFrom<Machine>,
    options?: ProposeOptions<Machine>,
  ): Promise<Committed<Known, EmittedFrom<Machine>>>;

  /** @throws {@link QuorateClientError} */
  read(options?: ReadOptions): Promise<ReadResult<Known>>;

  /**
   * The last known snapshot, and the same object until the next. Before anything is known it is
   * blank. Of an instance that has not begun it is the machine's initial one, as far as that can
   * be had: with the actor's `input`.
   */
  getSnapshot: () => Known | Blank;

  /**
   * Calls `next` with each snapshot from now on, in order: one for each event, and one for the
   * first that becomes known. `complete` when the instance is done or the actor is closed; `error`
   * when it ends in an error, or can be followed no more.
   *
   * @throws {@link QuorateClientError} `overloaded` where the cluster object follows too many.
   */
  subscribe(observer: Observer<Known>): Subscription;
  subscribe(
    next: (snapshot: Known) => void,
    error?: (error: unknown) => void,
    complete?: () => void,
  ): Subscription;

  /** Follows the instance until `stop`, whether or not it is observed. */
  start: () => this;

  /** Ends it here: observers are completed. The instance itself goes on. */
  stop: () => void;
  /** The same as `stop`. */
  close: () => void;

  /**
   * Resolves with this very actor as soon as its snapshot is not blank, and never will be again.
   *
   * @throws {@link QuorateClientError} when it can be followed no more, or `signal` is aborted.
   */
  ready(
    options?: Readonly<{ signal?: AbortSignal }>,
  ): Promise<ReplicatedActor<Machine, Known, never>>;

  [Symbol.dispose]: () => void;
}

export type ActorOptions<Machine extends AnyStateMachine> = Readonly<{
  /** The machine's name in the cluster; by default its `id`. */
  name?: string;
  /** The machine's input, for the case that the instance begins with an event from here. */
  input?: InputFrom<Machine>;
  /**
   * Show at once what `send` will lead to, by the machine at hand; the log corrects it. Off by
   * default. What is emitted, and what `propose` and `read` answer, always comes from the log.
   */
  optimistic?: boolean;
  /** What becomes of events that were sent, and could not be delivered. */
  onError?: (error: QuorateClientError) => void;
}>;

/** Of a machine that is known by its name, and its type, alone. */
export type NamedActor<Machine extends AnyStateMachine> = ReplicatedActor<
  Machine,
  PlainSnapshot<Machine>,
  PlainBlank<Machine>
>;
