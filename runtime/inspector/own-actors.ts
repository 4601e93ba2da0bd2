/** The actors that a node consists of, by the names that a viewer knows them by. */
import type { AnyActorRef } from 'xstate';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Charts } from './charts.ts';
import type { ActorEntry, ActorName } from './protocol.ts';
import { machineOf } from './xstate-hook.ts';

export type Named = ReadonlyMap<ActorName, AnyActorRef>;

/** `n1`, `n1/link/n2`, and for whoever did not name itself after its node: `n1/effect/12.0`. */
export function namedActors(node: NodeId, actors: Iterable<AnyActorRef>): Named {
  const named = new Map<ActorName, AnyActorRef>();
  for (const actor of actors) {
    if (named.size >= limits.actorsListedMax) break;
    if (actor.getSnapshot().status !== 'active') continue;
    const name = nameOf(node, actor);
    named.set(named.has(name) ? `${name}~${actor.sessionId}` : name, actor);
  }
  return named;
}

function nameOf(node: NodeId, { id }: AnyActorRef): ActorName {
  return id === node || id.startsWith(`${node}/`) ? id : `${node}/${id}`;
}

export function entryOf(
  node: NodeId,
  actor: ActorName,
  ref: AnyActorRef,
  charts: Charts,
): ActorEntry {
  const machine = machineOf(ref);
  return {
    actor,
    kind: kindOf(node, actor),
    parent: actor === node ? null : node,
    chart: machine === null ? null : charts.keyOfMachine(machine),
  };
}

function kindOf(node: NodeId, actor: ActorName): ActorEntry['kind'] {
  if (actor === node) return 'node';
  const [kind = ''] = actor.slice(node.length + 1).split('/');
  return isKind(kind) ? kind : 'other';
}

const kinds = ['peer', 'link', 'duty', 'effect', 'divergence', 'proposals'] as const;
const isKind = (word: string): word is (typeof kinds)[number] =>
  (kinds as readonly string[]).includes(word);
