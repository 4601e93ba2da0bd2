/** The living chart of any actor of the cluster. */
import { useMemo, useState } from 'preact/hooks';
import { usePicture } from '../connection/use-feed.ts';
import { actorGroups } from '../model/actor-groups.ts';
import { hashOf } from '../model/place.ts';
import { LiveActor } from './live-actor.tsx';

export function ChartsView({ actor }: Readonly<{ actor: string | null }>) {
  const first = usePicture(({ welcome }) => welcome?.node ?? null);
  const shown = actor ?? first;
  return (
    <div class="with-list">
      <ActorList shown={shown} />
      {shown === null ? (
        <p class="muted centred">Waiting for the node…</p>
      ) : (
        <LiveActor key={shown} actor={shown} />
      )}
    </div>
  );
}

function ActorList({ shown }: Readonly<{ shown: string | null }>) {
  const actors = usePicture((picture) => picture.actors);
  const members = usePicture(({ welcome }) => welcome?.members ?? none);
  const [search, setSearch] = useState('');
  const groups = useMemo(
    () => actorGroups(members, actors.values(), search),
    [actors, members, search],
  );
  return (
    <nav class="side-list" aria-label="Actors">
      <input
        type="search"
        aria-label="Find an actor"
        placeholder="Find an actor"
        value={search}
        onInput={({ currentTarget }) => setSearch(currentTarget.value)}
      />
      <div class="side-list-groups">
        {groups.map(({ node, actors: listed }) => (
          <section key={node} aria-label={`Actors of ${node}`}>
            <h3>{node}</h3>
            <ul>
              {listed.map(({ actor, label }) => (
                <li key={actor}>
                  <a
                    href={hashOf({ view: 'charts', actor })}
                    aria-current={actor === shown ? 'page' : undefined}
                  >
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}

const none: readonly string[] = [];
