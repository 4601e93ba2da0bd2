/** One process of one node: the real core and service, on simulated parts. */
import type { AnyActorRef } from 'xstate';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Definition } from '../../machines/replica/replicated.ts';
import { createReplica, type Replica } from '../../machines/replica/replica.ts';
import { entriesOf } from '../../machines/rules/log.ts';
import type { Core } from '../../runtime/core.ts';
import { createCore } from '../../runtime/node-core.ts';
import { nodeService } from '../../runtime/node-service.ts';
import type { NodeService } from '../../runtime/service.ts';
import type { Storage } from '../../runtime/storage/port.ts';
import type { Transport, TransportListener } from '../../runtime/transport/port.ts';
import { refusedIn } from '../../runtime/told-refusals.ts';
import type { Life } from './life.ts';

export type Process = Readonly<{
  node: NodeId;
  life: Life;
  /** Counts the lives of this node. */
  number: number;
  core: Core;
  service: NodeService;
  storage: Storage;
  transport: Transport;
  /** Its ears, for what the network says twice. */
  listener: TransportListener;
}>;

export type ProcessParts = Readonly<{
  node: NodeId;
  number: number;
  members: readonly NodeId[];
  hold: boolean;
  machines: Readonly<Record<string, Definition>>;
  life: Life;
  storage: Storage;
  watching: (replica: Replica) => Replica;
  connect: (
    listener: TransportListener,
    parent: AnyActorRef,
    fingerprints: Readonly<Record<string, string>>,
  ) => Transport;
  fellSilent: (cause: unknown) => void;
}>;

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

export function createProcess(parts: ProcessParts): Process {
  const { node, number, life, storage, fellSilent } = parts;
  const joined: { transport: Transport; listener: TransportListener }[] = [];
  const replica: Replica = createReplica({
    machines: parts.machines,
    wasRefused: refusedIn(() => entriesOf(core.snapshot().context.log)),
  });
  const core: Core = createCore({
    id: node,
    voters: parts.members,
    hold: parts.hold,
    storage,
    replica: parts.watching(replica),
    clock: life.clock,
    logger: silentLogger,
    connect(listener, parent) {
      const transport = parts.connect(listener, parent, replica.fingerprints);
      joined.push({ transport, listener });
      return transport;
    },
    fellSilent,
  });
  const service = nodeService({
    core,
    clock: life.clock,
    cluster: 'world',
    version: '0',
    addresses: new Map(),
  });
  const [link] = joined;
  if (link === undefined) throw new Error('a core connects when it is made');
  return { node, number, life, core, service, storage, ...link };
}
