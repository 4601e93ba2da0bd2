/** Nodes whose every part but time, disk and network is the real one, for tests of what they say. */
import { nodeId, type NodeId } from '../../../machines/protocol/ids.ts';
import { createReplica } from '../../../machines/replica/replica.ts';
import type { ClientGateway } from '../../../runtime/gateway/client-gateway.ts';
import type { Core } from '../../../runtime/core.ts';
import { createCore } from '../../../runtime/node-core.ts';
import { nodeService } from '../../../runtime/node-service.ts';
import type { NodeService } from '../../../runtime/service.ts';
import { emptyMemory, openMemoryStorage, type Memory } from '../../../runtime/storage/memory.ts';
import type { WebSocketTransport } from '../../../runtime/transport/websocket.ts';
import { counterMachine } from '../counter.ts';
import type { Life } from '../life.ts';
import { clientDoor } from './client-door.ts';
import type { Host } from './network.ts';
import { socketTransport } from './peers.ts';
import type { Stage } from './stage.ts';

export type SocketNode = Readonly<{
  life: Life;
  host: Host;
  core: Core;
  transport: WebSocketTransport;
  service: NodeService;
  door: ClientGateway;
  /** `b heard`, `b asking`, …: the steps of its link charts. */
  linkSteps: readonly string[];
}>;

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

export function createCluster(stage: Stage, ...names: string[]) {
  const members = names.map(nodeId);
  const memories = new Map<NodeId, Memory>(members.map((member) => [member, emptyMemory()]));
  const nodes = new Map<string, SocketNode>();
  let lives = 0;

  async function start(name: string): Promise<SocketNode> {
    const self = nodeId(name);
    lives += 1;
    const life = stage.life(`${name} ${lives}`);
    const host = stage.network.join(name, life);
    const replica = createReplica({ machines: { counter: counterMachine } });
    const linkSteps: string[] = [];
    let transport: WebSocketTransport | null = null;
    const core = createCore({
      id: self,
      voters: members,
      hold: false,
      storage: await openMemoryStorage(memories.get(self) ?? emptyMemory()),
      replica,
      clock: life.clock,
      logger: silentLogger,
      connect(listener, parent) {
        parent.system.inspect((seen) => {
          if (seen.type !== '@xstate.snapshot' || !('id' in seen.actorRef)) return;
          const [, peer] = String(seen.actorRef.id).split('/link/');
          if (peer === undefined || !('value' in seen.snapshot)) return;
          linkSteps.push(`${peer} ${JSON.stringify(seen.snapshot.value)}`);
        });
        transport = socketTransport({
          host,
          self: { cluster: 'world', node: self, machines: replica.fingerprints, version: '0' },
          peers: members.filter((member) => member !== self),
          listener,
          parent,
        });
        return transport;
      },
      fellSilent: (cause) => {
        throw cause;
      },
    });
    if (transport === null) throw new Error('a core connects when it is made');
    const service = nodeService({
      core,
      clock: life.clock,
      cluster: 'world',
      version: '0',
      addresses: new Map(),
    });
    const door = clientDoor({ host, service });
    const node = { life, host, core, transport, service, door, linkSteps };
    nodes.set(name, node);
    core.start();
    return node;
  }

  const node = (name: string): SocketNode => {
    const found = nodes.get(name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  };
  const leader = (): string | null =>
    [...nodes].find(([, { life, service }]) => {
      const { role } = service.status();
      return life.isRunning && role === 'leader' && service.notReadyBecause() === null;
    })?.[0] ?? null;

  return {
    start,
    node,
    leader,
    async startAll(): Promise<string> {
      for (const name of names) await start(name);
      await stage.until(() => leader() !== null);
      return leader() ?? '';
    },
    crash(name: string, how: 'process' | 'power' = 'process'): void {
      node(name).life.end();
      node(name).host.exit(how);
      nodes.delete(name);
    },
    /** `open` or where the link is instead. */
    link(from: string, to: string): string {
      const found = node(from)
        .transport.peers()
        .find(({ id }) => id === to);
      return found?.open === true ? 'open' : (found?.state ?? '');
    },
  };
}
