/**
 * The cluster as a trace tells of it: lines go in one after the other, and at each of them the
 * world can be asked where everybody is. It knows what the lines say and nothing else.
 */
import type { EventPicture, NodeStatusPicture, StateValue } from '../protocol.ts';
import { meaningOf, type Application, type Meaning, type TraceLine } from './trace-line.ts';

export type TracedActor = Readonly<{
  value: StateValue | null;
  /** The latest that it took; null before the first. */
  event: string | null;
}>;

export type TracedInstance = Readonly<{
  index: number;
  status: string;
  value: StateValue;
  context: unknown;
  event: EventPicture | null;
  accepted: boolean;
}>;

export type TracedNode = Readonly<{
  isUp: boolean;
  isPaused: boolean;
  role: string;
  term: number;
  leader: string | null;
  /** The term in which that one leads: a node hears of it before it says that it follows. */
  leaderTerm: number;
  lastIndex: number;
  commitIndex: number;
  appliedIndex: number;
  /** On a leader: what each peer has acknowledged. */
  matched: ReadonlyMap<string, number>;
  /** Peers that it can talk to, and to whom it was cut off. */
  linked: ReadonlySet<string>;
  cutOff: ReadonlySet<string>;
  /** By name within the node: `peer/b`; the node's own is ''. */
  actors: ReadonlyMap<string, TracedActor>;
  /** By `machine/key`. */
  instances: ReadonlyMap<string, TracedInstance>;
}>;

export type TracedWorld = Readonly<{ atMs: number; nodes: ReadonlyMap<string, TracedNode> }>;

export const worldBefore: TracedWorld = { atMs: 0, nodes: new Map() };

const asleep: TracedNode = {
  isUp: false,
  isPaused: false,
  role: 'follower',
  term: 0,
  leader: null,
  leaderTerm: 0,
  lastIndex: 0,
  commitIndex: 0,
  appliedIndex: 0,
  matched: new Map(),
  linked: new Set(),
  cutOff: new Set(),
  actors: new Map(),
  instances: new Map(),
};

export function worldAfter(world: TracedWorld, line: TraceLine): TracedWorld {
  const meaning = meaningOf(line);
  const { atMs, who } = line;
  if (meaning === null) return { ...world, atMs };
  if (meaning.type === 'healed') {
    const healed = [...world.nodes].map(
      ([name, node]) => [name, { ...node, cutOff: noPeers }] as const,
    );
    return { atMs, nodes: new Map(healed) };
  }
  const before = world.nodes.get(who) ?? asleep;
  const after = nodeAfter(before, who, meaning);
  if (after === before) return { ...world, atMs };
  return { atMs, nodes: new Map(world.nodes).set(who, after) };
}

const noPeers: ReadonlySet<string> = new Set();

function nodeAfter(node: TracedNode, name: string, meaning: Meaning): TracedNode {
  switch (meaning.type) {
    case 'came-up':
      return { ...asleep, isUp: true, cutOff: node.cutOff, lastIndex: node.lastIndex };
    case 'went-down':
      return { ...asleep, cutOff: node.cutOff, lastIndex: node.lastIndex };
    case 'paused':
      return { ...node, isPaused: true };
    case 'woke':
      return { ...node, isPaused: false };
    case 'linked':
      return { ...node, linked: withMember(node.linked, meaning.peer) };
    case 'unlinked':
      return { ...node, linked: withoutMember(node.linked, meaning.peer) };
    case 'cut-off':
      return { ...node, cutOff: withMember(node.cutOff, meaning.peer) };
    case 'reached':
      return { ...node, cutOff: withoutMember(node.cutOff, meaning.peer) };
    case 'holds-role': {
      const { role, term } = meaning;
      if (role === 'leader') {
        return { ...node, role, term, leader: name, leaderTerm: term, matched: new Map() };
      }
      const leader = term === node.leaderTerm ? node.leader : null;
      return { ...node, role, term, leader, actors: withoutPeers(node.actors) };
    }
    case 'heard':
      return afterHearing(node, meaning);
    case 'flushed':
      return { ...node, lastIndex: Math.max(node.lastIndex, meaning.index) };
    case 'is':
      return withActor(node, meaning.actor, { value: meaning.value });
    case 'takes':
      return afterTaking(node, meaning);
    case 'applied':
      return afterApplying(node, meaning);
    default:
      return node;
  }
}

/** Only a leader says these, to those of its own term. */
const leadersWords: ReadonlySet<string> = new Set(['append', 'heartbeat', 'commit']);

function afterHearing(node: TracedNode, heard: Meaning & { type: 'heard' }): TracedNode {
  const { from, matchIndex } = heard;
  if (matchIndex !== null && node.role === 'leader' && heard.term === node.term) {
    const known = Math.max(node.matched.get(from) ?? 0, matchIndex);
    return { ...node, matched: new Map(node.matched).set(from, known) };
  }
  if (!leadersWords.has(heard.kind) || heard.term < node.term) return node;
  const commitIndex = Math.max(node.commitIndex, Math.min(heard.commitIndex ?? 0, node.lastIndex));
  if (node.leader === from && commitIndex === node.commitIndex) return node;
  return { ...node, leader: from, leaderTerm: heard.term, commitIndex };
}

const doneChild = /^xstate\.done\.actor\.[^/]+\/(.*)$/;

function afterTaking(node: TracedNode, taking: Meaning & { type: 'takes' }): TracedNode {
  const { actor, event, appliedIndex } = taking;
  const [, child] = doneChild.exec(event) ?? [];
  const applied = appliedIndex === null ? node : afterReaching(node, appliedIndex);
  const taken = withActor(applied, actor, { event });
  if (child === undefined || !taken.actors.has(child)) return taken;
  const actors = new Map(taken.actors);
  actors.delete(child);
  return { ...taken, actors };
}

const afterReaching = (node: TracedNode, index: number): TracedNode => ({
  ...node,
  appliedIndex: Math.max(node.appliedIndex, index),
  lastIndex: Math.max(node.lastIndex, index),
  commitIndex: Math.max(node.commitIndex, index),
});

function afterApplying(
  node: TracedNode,
  { index, application }: Meaning & { type: 'applied' },
): TracedNode {
  const applied = afterReaching(node, index);
  const instance = instanceIn(index, application);
  return instance === null
    ? applied
    : { ...applied, instances: new Map(node.instances).set(...instance) };
}

function instanceIn(
  index: number,
  { outcome, happened }: Application,
): [name: string, instance: TracedInstance] | null {
  const view = outcome?.view;
  if (!happened || !view || view.value === undefined) return null;
  const { machine, key, event } = happened;
  const { status = 'active', value, context } = view;
  const accepted = outcome.accepted === true;
  return [`${machine}/${key}`, { index, status, value, context, event, accepted }];
}

function withActor(
  node: TracedNode,
  name: string,
  change: Readonly<{ value?: StateValue; event?: string }>,
): TracedNode {
  const before = node.actors.get(name) ?? { value: null, event: null };
  return { ...node, actors: new Map(node.actors).set(name, { ...before, ...change }) };
}

/** Only a leader has a view of each peer, and it ends without a word. */
function withoutPeers(actors: TracedNode['actors']): TracedNode['actors'] {
  const kept = [...actors].filter(([name]) => !name.startsWith('peer/'));
  return kept.length === actors.size ? actors : new Map(kept);
}

const withMember = (set: ReadonlySet<string>, member: string): ReadonlySet<string> =>
  new Set(set).add(member);

function withoutMember(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  const without = new Set(set);
  without.delete(member);
  return without;
}

const roleNames: Readonly<Record<string, NodeStatusPicture['role']>> = {
  follower: 'follower',
  preCandidate: 'pre-candidate',
  candidate: 'candidate',
  leader: 'leader',
  silent: 'silent',
};

export const roleName = ({ role }: TracedNode): NodeStatusPicture['role'] =>
  roleNames[role] ?? 'follower';
