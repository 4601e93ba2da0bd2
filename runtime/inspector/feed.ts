/**
 * What all viewers of one node share: the picture of the cluster, looked at a few times a second
 * while there is anybody to look, and told where it changed.
 */
import type { Alarm, Clock } from '../clock.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type {
  ActorEntry,
  ActorName,
  ActorsChanged,
  ClusterPicture,
  NodePicture,
  Welcome,
} from './protocol.ts';
import type { Source } from './source.ts';
import type { Scene, Scope, ViewerSession } from './viewer-session.ts';

type Parts = Readonly<{
  node: string;
  welcome: () => Welcome;
  /** All members in order. */
  sources: ReadonlyMap<string, Source>;
  clock: Clock;
  /** Somebody looks, or nobody any more. */
  begin: () => void;
  end: () => void;
  /** Somebody looks at the whole cluster, or nobody any more. */
  beginRelaying: () => void;
  endRelaying: () => void;
  look: () => void;
}>;

type Listed = ReadonlyMap<ActorName, ActorEntry>;

export type Feed = Readonly<{
  scene: Scene;
  came(session: ViewerSession): void;
  left(session: ViewerSession): void;
  stop(): void;
}>;

export function createFeed(parts: Parts): Feed {
  const { node, sources, clock } = parts;
  const sessions = new Set<ViewerSession>();
  const listed = new Map<string, Listed>();
  let alarm: Alarm = null;
  /** By scope, as last told. */
  const told = new Map<Scope, string>();

  const pictures = (scope: Scope): readonly NodePicture[] =>
    [...sources]
      .filter(([name]) => scope === 'cluster' || name === node)
      .map(([, source]) => source.picture());
  const clusterOf = (scope: Scope): ClusterPicture => ({
    type: 'cluster',
    nodes: pictures(scope),
  });
  const allOf = (name: string, entries: Listed): ActorsChanged => ({
    type: 'actors',
    node: name,
    isAll: true,
    added: [...entries.values()],
    removed: [],
  });
  const isFor = (session: ViewerSession, name: string): boolean =>
    session.scope === 'cluster' || name === node;

  function lookAtActors(name: string, source: Source): void {
    const before = listed.get(name) ?? new Map<ActorName, ActorEntry>();
    const now = new Map(source.actors().map((entry) => [entry.actor, entry]));
    listed.set(name, now);
    const added = [...now.values()].filter(
      ({ actor, chart }) => before.get(actor)?.chart !== chart || !before.has(actor),
    );
    const removed = [...before.keys()].filter((actor) => !now.has(actor));
    if (added.length === 0 && removed.length === 0) return;
    const change: ActorsChanged = { type: 'actors', node: name, isAll: false, added, removed };
    for (const session of sessions) if (isFor(session, name)) session.actorsChanged(change);
  }

  function lookAtCluster(scope: Scope): void {
    const picture = clusterOf(scope);
    // Time passes for a node that does nothing.
    const text = JSON.stringify(picture.nodes.map((seen) => ({ ...seen, atMs: 0 })));
    if (told.get(scope) === text) return;
    told.set(scope, text);
    for (const session of sessions) if (session.scope === scope) session.clusterChanged(picture);
  }

  function look(): void {
    parts.look();
    for (const [name, source] of sources) lookAtActors(name, source);
    const scopes = new Set([...sessions].map(({ scope }) => scope));
    for (const scope of scopes) lookAtCluster(scope);
    alarm = clock.setTimeout(look, limits.clusterPictureIntervalMs);
  }

  const isRelaying = (): boolean => [...sessions].some(({ scope }) => scope === 'cluster');

  return {
    scene: {
      node,
      welcome: parts.welcome,
      cluster: clusterOf,
      actors: (scope) =>
        [...listed]
          .filter(([name]) => scope === 'cluster' || name === node)
          .map(([name, entries]) => allOf(name, entries)),
      source: (name, scope) =>
        scope === 'cluster' || name === node ? sources.get(name) : undefined,
      chart(key) {
        for (const source of sources.values()) {
          const chart = source.chart(key);
          if (chart !== undefined) return chart;
        }
        return undefined;
      },
    },

    came(session) {
      const wasRelaying = isRelaying();
      if (sessions.size === 0) {
        parts.begin();
        look();
      }
      // Not before: it is told all that there is at once.
      sessions.add(session);
      if (!wasRelaying && isRelaying()) parts.beginRelaying();
    },
    left(session) {
      const wasRelaying = isRelaying();
      sessions.delete(session);
      if (wasRelaying && !isRelaying()) parts.endRelaying();
      if (sessions.size > 0) return;
      parts.end();
      clock.clearTimeout(alarm);
      listed.clear();
      told.clear();
    },
    stop() {
      clock.clearTimeout(alarm);
      if (isRelaying()) parts.endRelaying();
      if (sessions.size > 0) parts.end();
      sessions.clear();
    },
  };
}
