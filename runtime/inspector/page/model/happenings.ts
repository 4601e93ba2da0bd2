/** What happened between two pictures of the cluster, in sentences: the strip of events. */
import type { NodePicture, NodeStatusPicture } from '../../protocol.ts';
import { number } from './words.ts';

export type Happening = Readonly<{
  /** By the clock of the node that tells. */
  atMs: number;
  node: string;
  tone: 'good' | 'plain' | 'bad';
  sentence: string;
}>;

/** So far behind is news; and that it caught up, when it is as near again. */
const lagging = { entries: 500, near: 50 } as const;

type Nodes = ReadonlyMap<string, NodePicture>;

export type News = Readonly<{
  happenings: readonly Happening[];
  /** Of whom it was told that they lag, and not yet that they caught up. */
  behind: ReadonlySet<string>;
}>;

export function newsBetween(before: Nodes, after: Nodes, behind: ReadonlySet<string>): News {
  const lags = lagsBetween(after, behind);
  const happenings = [...after.values()].flatMap((now) => {
    const was = before.get(now.node);
    return was === undefined ? [] : changesOf(was, now);
  });
  return { happenings: [...happenings, ...lags.happenings], behind: lags.behind };
}

type Said = Readonly<{ tone: Happening['tone']; sentence: string }>;

function changesOf(was: NodePicture, now: NodePicture): Happening[] {
  const { node, atMs } = now;
  const said = [
    ...reachability(was, now),
    ...(was.status !== null && now.status !== null ? inStatus(node, was.status, now.status) : []),
  ];
  return said.map((each) => ({ atMs, node, ...each }));
}

function reachability(before: NodePicture, { node, unreachable }: NodePicture): Said[] {
  const was = before.unreachable;
  if (was === null && unreachable !== null) {
    return [{ tone: 'bad', sentence: `${node} cannot be reached: ${unreachable}` }];
  }
  // That it is there is no news where nothing was known of it.
  if (was !== null && unreachable === null && before.status !== null) {
    return [{ tone: 'good', sentence: `${node} can be reached` }];
  }
  return [];
}

function inStatus(node: string, was: NodeStatusPicture, now: NodeStatusPicture): Said[] {
  return [
    ...inRole(node, was, now),
    ...inLifecycle(node, was, now),
    ...inLinks(node, was, now),
    ...inQuarantine(node, was, now),
  ];
}

function inRole(node: string, was: NodeStatusPicture, now: NodeStatusPicture): Said[] {
  const { role, term } = now;
  if (role === was.role && (term === was.term || role !== 'leader')) return [];
  switch (role) {
    case 'leader':
      return [{ tone: 'good', sentence: `${node} became leader of term ${term}` }];
    case 'candidate':
      return [{ tone: 'plain', sentence: `${node} stands for election in term ${term}` }];
    case 'pre-candidate':
      return [{ tone: 'plain', sentence: `${node} asks who would vote for it` }];
    case 'silent':
      return [{ tone: 'bad', sentence: `${node} fell silent` }];
    default:
      if (was.role !== 'leader') return [];
      return [{ tone: 'bad', sentence: `${node} leads no more` }];
  }
}

function inLifecycle(node: string, was: NodeStatusPicture, now: NodeStatusPicture): Said[] {
  const { lifecycle } = now;
  if (lifecycle === was.lifecycle) return [];
  const tone = lifecycle === 'Running' ? 'good' : 'plain';
  return [{ tone, sentence: `${node} applied that the cluster is ${lifecycle}` }];
}

function inLinks(node: string, was: NodeStatusPicture, now: NodeStatusPicture): Said[] {
  return now.links.flatMap(({ peer, state, trouble }): Said[] => {
    const before = was.links.find((link) => link.peer === peer);
    if (before === undefined || isOpen(before.state) === isOpen(state)) return [];
    if (isOpen(state)) return [{ tone: 'good', sentence: `${node} is connected to ${peer}` }];
    const why = trouble === null ? '' : `: ${trouble}`;
    return [{ tone: 'bad', sentence: `${node} lost its link to ${peer}${why}` }];
  });
}

export const isOpen = (linkState: string): boolean => linkState.split('.')[0] === 'open';

/** As the leader tells it: it alone knows what the others hold. */
function lagsBetween(nodes: Nodes, behind: ReadonlySet<string>): News {
  const leader = [...nodes.values()].find(
    ({ unreachable, status }) => unreachable === null && status?.peers != null,
  );
  const still = new Set(behind);
  const happenings = (leader?.status?.peers ?? []).flatMap(({ peer, matchIndex }): Happening[] => {
    const lag = (leader?.status?.lastIndex ?? 0) - matchIndex;
    const tell = (tone: Happening['tone'], sentence: string): Happening[] => [
      { atMs: leader?.atMs ?? 0, node: peer, tone, sentence },
    ];
    if (!still.has(peer) && lag >= lagging.entries) {
      still.add(peer);
      return tell('bad', `${peer} is ${number(lag)} entries behind`);
    }
    // Between the two it is neither news that it lags nor that it does not.
    if (!still.has(peer) || lag >= lagging.near) return [];
    still.delete(peer);
    return tell('good', `${peer} caught up`);
  });
  return { happenings, behind: still };
}

function inQuarantine(node: string, was: NodeStatusPicture, now: NodeStatusPicture): Said[] {
  if (was.quarantined === null && now.quarantined !== null) {
    return [{ tone: 'bad', sentence: `${node} came to wrong states: ${now.quarantined}` }];
  }
  if (was.quarantined !== null && now.quarantined === null) {
    return [{ tone: 'good', sentence: `${node} is right again` }];
  }
  return [];
}
