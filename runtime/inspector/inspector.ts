/**
 * The inspector of one node: what its viewers see of this node, and by way of its peers' inspectors
 * of the whole cluster. With no viewer it is not there.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import type { Clock } from '../clock.ts';
import type { Core } from '../core.ts';
import type { DoorLogger } from '../gateway/logger.ts';
import type { NodeService } from '../service.ts';
import type { LinkActor } from '../transport/dialed.ts';
import { createCharts } from './charts.ts';
import { containedClock, containing } from './containment.ts';
import { createFeed } from './feed.ts';
import { ownSource } from './own-source.ts';
import { feedVersion, type Welcome } from './protocol.ts';
import { relayOf } from './relay.ts';
import { showing, type Redact } from './showing.ts';
import type { Source } from './source.ts';
import { ViewerGateway } from './viewer-gateway.ts';
import { viewerLimits, type ViewerLimits } from './viewer-outbox.ts';
import type { Scope } from './viewer-session.ts';

export type InspectorOptions = Readonly<{
  node: NodeId;
  cluster: string;
  release: string;
  /** All of the cluster, in order. */
  members: readonly NodeId[];
  /** The others, at the addresses where they are dialed. */
  peers: ReadonlyMap<NodeId, string>;
  core: Core;
  service: NodeService;
  links: () => ReadonlyMap<NodeId, LinkActor>;
  newReplica: () => Replica;
  mayAct: boolean;
  redact: Redact | null;
  clock: Clock;
  logger: DoorLogger;
  /** Others than the system's own, for a test. */
  limits?: Partial<ViewerLimits>;
}>;

export interface Inspector {
  /** Why nobody more can look; null while somebody can. */
  fullBecause(scope: Scope): string | null;
  take(request: IncomingMessage, socket: Duplex, head: Buffer, scope: Scope): void;
  readonly handshakes: ViewerGateway['handshakes'];
  sendAway(): void;
  cutOff(): void;
}

export function createInspector(options: InspectorOptions): Inspector {
  const { node, cluster, release, members, peers, mayAct, logger, service, redact } = options;
  const contain = containing((error) => {
    logger.warn({ err: error }, 'the inspector failed in what it was doing, and goes on');
  });
  const clock = containedClock(options.clock, contain);
  const own = ownSource(
    {
      node,
      core: options.core,
      service,
      peers: [...peers.keys()],
      links: options.links,
      newReplica: options.newReplica,
      mayAct,
      clock,
      charts: createCharts(),
      show: showing(redact),
      isRedacted: redact !== null,
      contain,
    },
    () => new Map(relays),
  );
  const relays = [...peers].map(
    ([peer, address]) => [peer, relayOf({ cluster, peer, address, clock })] as const,
  );
  const known = new Map<string, Source>([[node, own], ...relays]);
  const sources = new Map(
    members.flatMap((member) => {
      const source = known.get(member);
      return source === undefined ? [] : [[member, source] as const];
    }),
  );
  const welcome = (): Welcome => ({
    type: 'welcome',
    version: feedVersion,
    source: 'node',
    node,
    cluster,
    release,
    mayAct,
    members,
    machines: service.status().machines,
  });

  const feed = createFeed({
    node,
    welcome,
    sources,
    clock,
    look: own.look,
    begin: own.begin,
    end: own.end,
    beginRelaying: () => relays.forEach(([, relay]) => relay.begin()),
    endRelaying: () => relays.forEach(([, relay]) => relay.end()),
  });
  const gateway = new ViewerGateway({
    scene: feed.scene,
    clock,
    logger,
    limits: { ...viewerLimits, ...options.limits },
    contain,
    came: feed.came,
    left: feed.left,
  });

  return {
    fullBecause: (scope) => gateway.fullBecause(scope),
    take: (request, socket, head, scope) => gateway.take(request, socket, head, scope),
    handshakes: gateway.handshakes,
    sendAway() {
      gateway.sendAway();
      feed.stop();
    },
    cutOff: () => gateway.cutOff(),
  };
}
