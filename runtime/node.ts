/**
 * One node, with real parts: its data folder, its charts, its links to the peers and its door.
 * Opened in that order; closing, or failing half-way, undoes it backwards.
 */
import { lifecycleName } from '../machines/lifecycle.ts';
import { QuorateError } from '../machines/protocol/errors.ts';
import { nodeId, type NodeId } from '../machines/protocol/ids.ts';
import { limits } from '../machines/protocol/limits.ts';
import type { Definition } from '../machines/replica/replicated.ts';
import { createReplica } from '../machines/replica/replica.ts';
import { entriesOf } from '../machines/rules/log.ts';
import type { Cluster } from './client/cluster.ts';
import { connect } from './client/node.ts';
import { realClock, type Clock } from './clock.ts';
import { createDoor, type Door } from './http/server.ts';
import { bridgesOf } from './inspector/bridges/bridges.ts';
import { definitionInForce } from './inspector/bridges/definition-in-force.ts';
import { rosterOf, type Roster } from './inspector/bridges/roster.ts';
import { createInspector } from './inspector/inspector.ts';
import type { Redact } from './inspector/showing.ts';
import type { Logger } from './logger.ts';
import type { Core } from './core.ts';
import { createCore } from './node-core.ts';
import { nodeService } from './node-service.ts';
import { packageVersion } from './package.ts';
import { leaveInGoodOrder } from './shutdown.ts';
import { openJournalStorage } from './storage/journal-storage.ts';
import { rememberMachines } from './storage/machines-file.ts';
import { realFiles } from './storage/real-files.ts';
import type { NodeStatus } from './service.ts';
import { refusedIn } from './told-refusals.ts';
import { createWebSocketTransport, type WebSocketTransport } from './transport/websocket.ts';

export type NodeOptions = Readonly<{
  /** Its name in the cluster: 1 to 64 of `A-Z a-z 0-9 _ . -`. */
  id: string;
  listen: Readonly<{ host: string; port: number }>;
  /** The other members, by name, each with the address at which this node dials it. */
  peers: ReadonlyMap<string, string>;
  /** A folder of this node's own. Made where there is none. */
  data: string;
  /** The name of the cluster; nodes of different clusters never talk. */
  cluster: string;
  /** Wait in Init until somebody proposes Running. */
  hold: boolean;
  /** By name: machines as they are, or `replicated(machine, options)`. */
  machines: Readonly<Record<string, Definition>>;
  logger: Logger;
  inspector?: InspectorSettings;
}>;

/** What whoever looks at this node may see and do. */
export type InspectorSettings = Readonly<{
  /** Let viewers send events and hand over leadership. By default they only look. */
  act?: boolean;
  /** Gives what may be seen of a value of the users' machines. It gets a copy; one that throws hides the value. */
  redact?: Redact;
  /** Serve `/inspect/stately` too, for all that is built on `@statelyai/inspect`. */
  stately?: boolean;
}>;

/**
 * A node, and the cluster as seen through it: `actor(machine, key)` as from `quorate/client`.
 * Calls go by way of the node itself, and of its peers where it cannot answer.
 */
export type RunningNode = Pick<Cluster, 'actor'> &
  Readonly<{
    /** `host:port`, with the port that the system chose where 0 was asked for. */
    address: string;
    status(): NodeStatus;
    /** Hands leadership over, finishes what it can within 4 s, and closes everything. */
    shutdown(): Promise<void>;
    /** The same as `shutdown`. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
    /** Null after `shutdown`; the reason, where the node fell silent by itself. Never rejects. */
    stopped: Promise<QuorateError | null>;
  }>;

/**
 * Starts a node. Rejects with a {@link QuorateError}: `machine-unsupported`, `machines-changed`,
 * `storage-…`, `port-in-use`, `address-unavailable`, `usage`.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { logger, cluster } = options;
  const clock: Clock = realClock;
  const self = nodeId(options.id);
  const peers = new Map([...options.peers].map(([id, url]) => [nodeId(id), url]));
  const version = packageVersion();
  const voters = [self, ...peers.keys()].toSorted();
  const newReplica = () =>
    createReplica({
      machines: options.machines,
      wasRefused: refusedIn(() => (core === null ? [] : entriesOf(core.snapshot().context.log))),
    });
  const replica = newReplica();

  const storage = await openJournalStorage({ path: options.data, cluster, node: self, clock });
  let door: Door | null = null;
  let core: Core | null = null;
  let roster: Roster = [];
  let transport: WebSocketTransport | null = null;
  let tellStopped: (fault: QuorateError | null) => void = () => {};
  const stopped = new Promise<QuorateError | null>((resolve) => (tellStopped = resolve));

  const closeAll = async (): Promise<void> => {
    await Promise.all([transport?.close(), door?.close()]);
    await storage.close();
  };
  const fellSilent = (cause: unknown): void => {
    const fault = faultOf(cause);
    logger.error({ code: fault.code, err: cause }, fault.message);
    void closeAll()
      .catch((error: unknown) => logger.warn({ err: error }, 'not everything could be closed'))
      .then(() => tellStopped(fault));
  };

  try {
    const theirs = Object.entries(replica.fingerprints).filter(([name]) => name !== lifecycleName);
    const machines = Object.fromEntries(theirs);
    await rememberMachines({ files: realFiles, folder: options.data, machines });

    core = createCore({
      id: self,
      voters,
      hold: options.hold,
      storage,
      replica,
      clock,
      logger,
      fellSilent,
      made: (actor) => (roster = rosterOf(actor)),
      connect(listener, parent) {
        transport = createWebSocketTransport({
          self: {
            cluster,
            node: self,
            machines: replica.fingerprints,
            version,
            partsOf: replica.partsOf,
          },
          peers,
          clock,
          listener,
          logger,
          seed: clock.seed(),
          parent,
        });
        return transport;
      },
    });
    const addresses = new Map<NodeId, string>(peers);
    const service = nodeService({ core, clock, cluster, version, addresses });
    const { act: mayAct = false, redact = null, stately = false } = options.inspector ?? {};
    const bridges = bridgesOf({
      node: self,
      root: core.actor,
      roster,
      clock,
      logger,
      service,
      watchInstances: core.watchers.watchAll,
      machineOf: definitionInForce(replica, options.machines),
      speaksStately: stately,
      mayAct,
      redact,
    });
    door = await createDoor({
      listen: options.listen,
      service,
      clock,
      logger,
      onPeer: (socket) => transport?.accept(socket),
      inspector: createInspector({
        node: self,
        cluster,
        release: version,
        members: voters,
        peers,
        core,
        service,
        links: () => transport?.links() ?? new Map(),
        newReplica,
        mayAct,
        redact,
        clock,
        logger,
      }),
      bridges,
    });
    const address = showAddress(door.address);
    addresses.set(self, `ws://${address}`);
    core.start();
    logger.info({ address, members: [...addresses.keys()] }, `${self} is up`);

    const running = { core, clock, closeAll };
    const throughUs = connect([`ws://${address}`, ...peers.values()]);
    const leave = async (): Promise<void> => {
      // What is under way through us may end meanwhile; what then is left learns that we are gone.
      await Promise.all([
        throughUs.close({ signal: AbortSignal.timeout(limits.shutdownMs / 2) }),
        leaveInGoodOrder(running),
      ]);
      tellStopped(null);
    };
    let leaving: Promise<void> | null = null;
    const shutdown = (): Promise<void> => (leaving ??= leave());
    return {
      address,
      status: () => service.status(),
      // oxlint-disable-next-line typescript/unbound-method -- It is overloaded, and asks for no `this`.
      actor: throughUs.actor,
      shutdown,
      close: shutdown,
      ...(Symbol.asyncDispose && { [Symbol.asyncDispose]: shutdown }),
      stopped,
    };
  } catch (error) {
    await core?.stop();
    await closeAll();
    throw error;
  }
}

const showAddress = ({ host, port }: Door['address']): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const faultOf = (cause: unknown): QuorateError =>
  cause instanceof QuorateError
    ? cause
    : new QuorateError(
        'internal',
        `this node stopped because of a defect of its own: ${String(cause)}; restart it, and report this with its log`,
        {},
        { cause },
      );
