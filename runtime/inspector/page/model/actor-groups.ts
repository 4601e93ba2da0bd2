/** The actors of the cluster, by node and kind, as the list beside a chart shows them. */
import type { ActorEntry, ActorName } from '../../protocol.ts';

export type ActorGroup = Readonly<{
  node: string;
  actors: readonly Readonly<{ actor: ActorName; label: string; kind: ActorEntry['kind'] }>[];
}>;

const order: readonly ActorEntry['kind'][] = [
  'node',
  'link',
  'peer',
  'proposals',
  'duty',
  'effect',
  'divergence',
  'other',
];

/** Those alone that have a chart to show, and those that contain the words searched for. */
export function actorGroups(
  members: readonly string[],
  entries: Iterable<ActorEntry & Readonly<{ node: string }>>,
  search: string,
): readonly ActorGroup[] {
  const wanted = search.trim().toLowerCase();
  const shown = [...entries].filter(
    ({ actor, chart }) => chart !== null && actor.toLowerCase().includes(wanted),
  );
  const nodes = [...new Set([...members, ...shown.map(({ node }) => node)])];
  return nodes.map((node) => ({
    node,
    actors: shown
      .filter((entry) => entry.node === node)
      .toSorted(
        (a, b) =>
          order.indexOf(a.kind) - order.indexOf(b.kind) ||
          a.actor.localeCompare(b.actor, 'en', { numeric: true }),
      )
      .map(({ actor, kind }) => ({
        actor,
        kind,
        label: actor === node ? 'the node itself' : actor.slice(node.length + 1).replace('/', ' '),
      })),
  }));
}
