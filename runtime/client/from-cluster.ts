/**
 * A replicated instance as something that another machine, a local one, may invoke or spawn. Its
 * snapshots are the child's snapshots, what it is sent is proposed, and the child is done, or
 * fails, when the instance does.
 */
import type {
  ActorLogic,
  AnyActorRef,
  AnyStateMachine,
  EmittedFrom,
  EventFrom,
  EventObject,
  Snapshot,
  SnapshotFrom,
} from 'xstate';
import type { Cluster } from './cluster.ts';
import type { ActorOptions } from './replicated-actor.ts';
import type { BlankSnapshot } from './snapshots.ts';

export type ClusterLogic<Machine extends AnyStateMachine, Input> = ActorLogic<
  SnapshotFrom<Machine> | BlankSnapshot<Machine>,
  EventFrom<Machine>,
  Input,
  AnyActorRef['system'],
  EmittedFrom<Machine>
>;

/** What is used here of an actor and of a child, whatever the machine. */
type AnyShown = Snapshot<unknown> & { value?: unknown; context?: unknown };
type Followed = Readonly<{
  getSnapshot(): AnyShown;
  start(): unknown;
  close(): void;
  send(event: EventObject): void;
  on(type: '*', handler: (emitted: EventObject) => void): unknown;
  subscribe(observer: {
    next: (snapshot: AnyShown) => void;
    error: (error: unknown) => void;
  }): unknown;
}>;
type Child = Readonly<{
  self: { send(event: EventObject): void };
  emit(event: EventObject): void;
}>;
type Persisted = AnyShown & Readonly<{ key: string }>;

/** What the actor says, on its way through the child's own mailbox. */
type Said = EventObject & { snapshot?: AnyShown; error?: unknown };
const snapshotType = 'quorate.snapshot';
const errorType = 'quorate.error';

/**
 * Logic for `invoke`, `spawn` and `createActor`. Its first snapshot is blank, unless something of
 * the instance is known already.
 *
 * An event that cannot be delivered ends the child with a `QuorateClientError`, unless
 * `options.onError` takes it. Stopping the child only stops following: the instance goes on.
 *
 * @param key of the instance, or how it follows from the input that the child is given.
 */
export function fromCluster<Machine extends AnyStateMachine, Input = undefined>(
  cluster: Cluster,
  machine: Machine,
  key: string | ((given: { input: Input }) => string),
  options: ActorOptions<Machine> = {},
): ClusterLogic<Machine, Input> {
  const actors = new WeakMap<Child['self'], Followed>();
  /** Which instance it shows: what is persisted must tell, and is made of the snapshot alone. */
  const keys = new WeakMap<object, string>();

  const shown = (snapshot: AnyShown, itsKey: string): AnyShown => {
    keys.set(snapshot, itsKey);
    return snapshot;
  };
  const open = (self: Child['self'], itsKey: string): AnyShown => {
    const onError = (error: unknown): void => self.send({ type: errorType, error } as Said);
    const actor = cluster.actor(machine, itsKey, { onError, ...options }) as unknown as Followed;
    actors.set(self, actor);
    return shown(actor.getSnapshot(), itsKey);
  };

  const logic = {
    getInitialSnapshot: ({ self }: Child, input: Input) =>
      open(self, typeof key === 'string' ? key : key({ input })),

    start(_: AnyShown, { self, emit }: Child) {
      const actor = actors.get(self);
      actor?.on('*', emit);
      actor?.subscribe({
        next: (snapshot) => self.send({ type: snapshotType, snapshot } as Said),
        error: (error) => self.send({ type: errorType, error } as Said),
      });
      actor?.start();
    },

    transition(snapshot: AnyShown, event: Said, { self }: Child): AnyShown {
      const actor = actors.get(self);
      const itsKey = keys.get(snapshot) ?? '';
      switch (event.type) {
        case snapshotType:
          return shown(event.snapshot ?? snapshot, itsKey);
        case errorType: {
          actor?.close();
          const { error } = event;
          return shown({ ...snapshot, status: 'error', output: undefined, error }, itsKey);
        }
        case 'xstate.stop':
          actor?.close();
          return shown(
            { ...snapshot, status: 'stopped', output: undefined, error: undefined },
            itsKey,
          );
        default:
          actor?.send(event);
          return snapshot;
      }
    },

    getPersistedSnapshot(snapshot: AnyShown): Persisted {
      const { status, value, context, output, error } = snapshot;
      const itsKey = keys.get(snapshot) ?? '';
      return { status, value, context, output, error, key: itsKey } as Persisted;
    },

    /** One that goes on knows nothing until it has asked. */
    restoreSnapshot: (persisted: Persisted, { self }: Child) =>
      persisted.status === 'active' ? open(self, persisted.key) : shown(persisted, persisted.key),
  };
  return logic as unknown as ClusterLogic<Machine, Input>;
}
