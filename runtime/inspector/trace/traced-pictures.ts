/** What a viewer gets to see of a traced world, in the feed's words. */
import { getStateNodes, type AnyStateMachine } from 'xstate';
import { divergenceMachine } from '../../../machines/divergence.ts';
import { dutyMachine } from '../../../machines/duty.ts';
import { effectMachine } from '../../../machines/effect.ts';
import { linkMachine } from '../../../machines/link.ts';
import { nodeMachine } from '../../../machines/node.ts';
import { peerMachine } from '../../../machines/peer.ts';
import { proposalMachine } from '../../../machines/proposal.ts';
import type { ActorEntry, ActorName, NodePicture, Stand, StateValue } from '../protocol.ts';
import { roleName, type TracedNode, type TracedWorld } from './traced-world.ts';

type Kind = Readonly<{ kind: ActorEntry['kind']; machine: AnyStateMachine | null }>;

/** By the first part of an actor's name within its node; '' is the node's own. */
const kinds: Readonly<Record<string, Kind>> = {
  '': { kind: 'node', machine: nodeMachine },
  peer: { kind: 'peer', machine: peerMachine },
  link: { kind: 'link', machine: linkMachine },
  duty: { kind: 'duty', machine: dutyMachine },
  effect: { kind: 'effect', machine: effectMachine },
  divergence: { kind: 'divergence', machine: divergenceMachine },
  proposal: { kind: 'other', machine: proposalMachine },
  proposals: { kind: 'proposals', machine: null },
};
const unknownKind: Kind = { kind: 'other', machine: null };

export const kindOf = (nameInNode: string): Kind =>
  kinds[nameInNode.split('/', 1)[0] ?? ''] ?? unknownKind;

/** `n1/peer/n2` is `peer/n2` of n1, and `n1` the node itself. */
export function partsOf(actor: ActorName): readonly [node: string, nameInNode: string] {
  const at = actor.indexOf('/');
  return at === -1 ? [actor, ''] : [actor.slice(0, at), actor.slice(at + 1)];
}

export function pictureOf(name: string, node: TracedNode | undefined, atMs: number): NodePicture {
  if (node === undefined || !node.isUp) {
    return { node: name, unreachable: 'its process does not run', atMs, status: null };
  }
  const { term, leader, lastIndex, commitIndex, appliedIndex, actors } = node;
  const value = actors.get('')?.value ?? null;
  return {
    node: name,
    unreachable: node.isPaused ? 'its process is paused' : null,
    atMs,
    status: {
      role: roleName(node),
      roleDetail: detailOf(value),
      term,
      leader,
      lifecycle: lifecycleOf(value),
      firstIndex: 1,
      lastIndex,
      commitIndex,
      appliedIndex,
      proposalsInFlight: [...actors.keys()].filter(isProposal).length,
      quarantined: null,
      release: '',
      links: linksOf(node),
      peers: peersOf(node),
    },
  };
}

export const isProposal = (nameInNode: string): boolean => nameInNode.startsWith('proposal/');

function linksOf({ actors, linked, cutOff }: TracedNode) {
  const named = [...actors.keys()].filter((name) => name.startsWith('link/'));
  // Where nodes talk in plain frames there are no links; being cut off is seen all the same.
  const peers = new Set([...named.map((name) => name.slice('link/'.length)), ...linked, ...cutOff]);
  return [...peers].toSorted().map((peer) => ({
    peer,
    state: dotted(actors.get(`link/${peer}`)?.value) || (linked.has(peer) ? 'open' : 'apart'),
    trouble: cutOff.has(peer) ? 'the weather cuts it off' : null,
  }));
}

function peersOf(node: TracedNode) {
  if (node.role !== 'leader') return null;
  return [...node.actors]
    .filter(([name]) => name.startsWith('peer/'))
    .map(([name, { value }]) => ({
      peer: name.slice('peer/'.length),
      matchIndex: node.matched.get(name.slice('peer/'.length)) ?? 0,
      state: dotted(value),
    }));
}

/** `{"streaming":"flowing"}` is `streaming.flowing`; regions stand beside each other. */
function dotted(value: StateValue | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([state, inner]) => [state, dotted(inner)].filter((part) => part !== '').join('.'))
    .join(', ');
}

const detailOf = (value: StateValue | null): string =>
  value === null || typeof value === 'string' ? '' : dotted(value['role']);

function lifecycleOf(value: StateValue | null): 'Init' | 'Running' | 'Stopped' {
  const lifecycle = value === null || typeof value === 'string' ? 'Init' : value['lifecycle'];
  return lifecycle === 'Running' || lifecycle === 'Stopped' ? lifecycle : 'Init';
}

/** Null where there is no such actor at that time. */
export function standIn(world: TracedWorld, actor: ActorName): Stand | null {
  const [name, nameInNode] = partsOf(actor);
  const node = world.nodes.get(name);
  if (node === undefined || !node.isUp) return null;
  if (nameInNode.startsWith('instance/')) {
    const instance = node.instances.get(nameInNode.slice('instance/'.length));
    if (instance === undefined) return null;
    const { index, value, context } = instance;
    return { status: statusOf(instance.status), value, active: [], context, timers: [], index };
  }
  const found = node.actors.get(nameInNode);
  if (found === undefined) return null;
  const { machine } = kindOf(nameInNode);
  const { value } = found;
  const active = machine === null || value === null ? [] : statesAt(machine, value);
  return { status: 'active', value, active, context: null, timers: [] };
}

const statuses = ['active', 'done', 'error', 'stopped'] as const;

const statusOf = (status: string): Stand['status'] =>
  statuses.find((known) => known === status) ?? 'active';

/** None where the trace is of another version, whose charts had other states. */
function statesAt({ root }: AnyStateMachine, value: StateValue): readonly string[] {
  try {
    return getStateNodes(root, value as never).map(({ id }) => id);
  } catch {
    return [];
  }
}
