/** What a node shows of itself in the picture of the cluster. */
import type { NodeId } from '../../machines/protocol/ids.ts';
import { peerActorId } from '../../machines/node-actions.ts';
import type { NodeSnapshot } from '../host.ts';
import type { NodeStatus, Quarantine } from '../service.ts';
import type { LinkActor } from '../transport/dialed.ts';
import type { NodeStatusPicture, StateValue } from './protocol.ts';
import { valueText } from './value-text.ts';

export function ownPicture(
  status: NodeStatus,
  snapshot: NodeSnapshot,
  links: ReadonlyMap<NodeId, LinkActor>,
  hidesValues: boolean,
): NodeStatusPicture {
  const { role, term, leader, lifecycle } = status;
  return {
    role,
    roleDetail: roleDetail(role, snapshot),
    term,
    leader,
    lifecycle,
    firstIndex: status.firstIndex,
    lastIndex: status.lastIndex,
    commitIndex: status.commitIndex,
    appliedIndex: status.appliedIndex,
    proposalsInFlight: status.proposalsInFlight,
    quarantined: quarantineText(status.quarantined, hidesValues),
    release: status.version,
    links: [...links].map(([peer, actor]) => {
      const { value, context } = actor.getSnapshot();
      return {
        peer,
        state: valueText(value),
        trouble: context.trouble?.message ?? null,
      };
    }),
    peers: role === 'leader' ? peersOf(snapshot) : null,
  };
}

function roleDetail(role: NodeStatus['role'], { value }: NodeSnapshot): string {
  if (typeof value.role === 'string') return role;
  const [within] = Object.values(value.role);
  return `${role}: ${valueText(within as StateValue)}`;
}

function peersOf({ context, children }: NodeSnapshot): NonNullable<NodeStatusPicture['peers']> {
  const { self, voters, matched } = context;
  return voters
    .filter((voter) => voter !== self)
    .map((peer) => {
      const actor = children[peerActorId(self, peer)];
      const value = actor?.getSnapshot().value as StateValue | undefined;
      return {
        peer,
        matchIndex: matched[peer] ?? 0,
        state: value === undefined ? null : valueText(value),
      };
    });
}

/** Its sentence quotes what instances hold. */
function quarantineText(quarantine: Quarantine | null, hidesValues: boolean): string | null {
  if (quarantine === null || !hidesValues) return quarantine?.message ?? null;
  const { index, machine, key } = quarantine;
  const where = machine === null ? '' : `, of ${machine}/${key}`;
  return `this node's states differ from those of the others, at or before entry ${index}${where}`;
}
