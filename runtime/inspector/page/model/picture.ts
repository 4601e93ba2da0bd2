/** All that a node told the page, put together. Each message makes a new picture of the old one. */
import type { Chart } from '../../../../machines/protocol/chart.ts';
import type {
  ActorEntry,
  ActorName,
  ActorsChanged,
  ChartKey,
  ClusterPicture,
  FromNode,
  NodePicture,
  ProposalsPicture,
  Welcome,
} from '../../protocol.ts';
import type { Answer } from '../../question-protocol.ts';
import { seeActor, unseen, type SeenActor } from './actor-picture.ts';
import { newsBetween, type Happening } from './happenings.ts';
import { seeProposals, type SeenProposals } from './proposals-picture.ts';

export type Picture = Readonly<{
  welcome: Welcome | null;
  nodes: ReadonlyMap<string, NodePicture>;
  /** The newest first. */
  happenings: readonly Happening[];
  /** Who was told to lag. */
  behind: ReadonlySet<string>;
  charts: ReadonlyMap<ChartKey, Chart>;
  actors: ReadonlyMap<ActorName, ActorEntry & Readonly<{ node: string }>>;
  seen: ReadonlyMap<ActorName, SeenActor>;
  proposals: ReadonlyMap<string, SeenProposals>;
  /** Messages that the node left out, because this page reads too slowly. */
  dropped: number;
}>;

export const blank: Picture = {
  welcome: null,
  nodes: new Map(),
  happenings: [],
  behind: new Set(),
  charts: new Map(),
  actors: new Map(),
  seen: new Map(),
  proposals: new Map(),
  dropped: 0,
};

const mostHappenings = 300;

/** All but answers: those go to whoever asked. */
export type Told = Exclude<FromNode, Answer>;

export function see(picture: Picture, message: Told, nowMs: number): Picture {
  switch (message.type) {
    case 'welcome':
      return { ...picture, welcome: message };
    case 'cluster':
      return seeCluster(picture, message);
    case 'chart':
      return { ...picture, charts: having(picture.charts, message.key, message.chart) };
    case 'actors':
      return { ...picture, actors: seeActors(picture.actors, message) };
    case 'actor':
    case 'step':
    case 'gone': {
      const before = picture.seen.get(message.actor) ?? unseen;
      const now = seeActor(before, message, nowMs);
      return { ...picture, seen: having(picture.seen, message.actor, now) };
    }
    case 'proposals':
      return { ...picture, proposals: seeProposalsOf(picture.proposals, message, nowMs) };
    case 'dropped':
      return { ...picture, dropped: picture.dropped + message.count };
    default:
      // A newer node may say more than this page knows of.
      return picture;
  }
}

/** What the page does not look at any more. */
export function forget(picture: Picture, actor: ActorName): Picture {
  const seen = new Map(picture.seen);
  seen.delete(actor);
  return { ...picture, seen };
}

function seeCluster(picture: Picture, { nodes }: ClusterPicture): Picture {
  const after = new Map(picture.nodes);
  for (const node of nodes) after.set(node.node, node);
  const { happenings, behind } = newsBetween(picture.nodes, after, picture.behind);
  return {
    ...picture,
    nodes: after,
    behind,
    happenings: [...happenings.toReversed(), ...picture.happenings].slice(0, mostHappenings),
  };
}

function seeActors(
  actors: Picture['actors'],
  { node, isAll, added, removed }: ActorsChanged,
): Picture['actors'] {
  const others = [...actors].filter(([, entry]) => !isAll || entry.node !== node);
  const after = new Map(others);
  for (const actor of removed) after.delete(actor);
  for (const entry of added) after.set(entry.actor, { ...entry, node });
  return after;
}

const seeProposalsOf = (
  all: Picture['proposals'],
  message: ProposalsPicture,
  nowMs: number,
): Picture['proposals'] =>
  having(all, message.node, seeProposals(all.get(message.node), message, nowMs));

function having<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value,
): ReadonlyMap<Key, Value> {
  return new Map(map).set(key, value);
}
