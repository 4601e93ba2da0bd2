/** What the inspector looks at: a node, from within. It reads all of it and changes none. */
import type { AnyActorRef } from 'xstate';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import type { Clock } from '../clock.ts';
import type { Core } from '../core.ts';
import type { NodeService } from '../service.ts';
import type { LinkActor } from '../transport/dialed.ts';
import type { Charts } from './charts.ts';
import type { Contain } from './containment.ts';
import type { Show } from './showing.ts';

export type Inspected = Readonly<{
  node: NodeId;
  core: Core;
  service: NodeService;
  /** The other members. */
  peers: readonly NodeId[];
  /** Those that it dials. */
  links: () => ReadonlyMap<NodeId, LinkActor>;
  /** Like the node's own at its beginning: to replay the log in. */
  newReplica: () => Replica;
  mayAct: boolean;
  clock: Clock;
  charts: Charts;
  show: Show;
  /** Some values must not be seen. */
  isRedacted: boolean;
  /** For whatever of ours runs in a turn of somebody else's. */
  contain: Contain;
}>;

export const actorsOf = ({ core, links }: Inspected): readonly AnyActorRef[] => [
  ...core.actors(),
  ...links().values(),
];
