/** What the reader may do to the cluster, where that is allowed. */
import { useState } from 'preact/hooks';
import type { NodePicture } from '../../protocol.ts';
import { useFeed } from '../connection/use-feed.ts';
import type { Feed } from '../connection/feed.ts';
import { leaderOf } from '../model/leader.ts';

type Props = Readonly<{ nodes: ReadonlyMap<string, NodePicture>; mayAct: boolean }>;

export const howToAllow = 'To act from here, start the nodes with --inspect-act.';

export function ClusterActs({ nodes, mayAct }: Props) {
  const feed = useFeed();
  const [to, setTo] = useState('');
  const [outcome, setOutcome] = useState<string | null>(null);
  const act = (does: (feed: Feed) => Promise<string>): void => {
    setOutcome('…');
    does(feed).then(setOutcome, (error: unknown) =>
      setOutcome(error instanceof Error ? error.message : String(error)),
    );
  };
  if (!mayAct) return <p class="muted hint">{howToAllow}</p>;
  return (
    <section class="panel acts" aria-label="Act on the cluster">
      <h2>Act</h2>
      <div class="acts-row">
        <button type="button" onClick={() => act((through) => tell(through, 'RUN'))}>
          Propose Running
        </button>
        <button type="button" onClick={() => act((through) => tell(through, 'STOP'))}>
          Propose Stopped
        </button>
      </div>
      <div class="acts-row">
        <label>
          Hand leadership to{' '}
          <select value={to} onChange={({ currentTarget }) => setTo(currentTarget.value)}>
            <option value="">whoever is fit</option>
            {[...nodes.values()]
              .filter(
                ({ status, unreachable }) => unreachable === null && status?.role !== 'leader',
              )
              .map(({ node }) => (
                <option key={node} value={node}>
                  {node}
                </option>
              ))}
          </select>
        </label>
        <button
          type="button"
          onClick={() =>
            act((through) => transfer(through, leaderOf(nodes), to === '' ? null : to))
          }
        >
          Hand over
        </button>
      </div>
      {outcome !== null && <p role="status">{outcome}</p>}
    </section>
  );
}

async function tell(feed: Feed, type: 'RUN' | 'STOP'): Promise<string> {
  const { end, index, message, accepted } = await feed.ask<'propose'>({
    type: 'propose',
    machine: 'lifecycle',
    key: 'cluster',
    event: { type },
  });
  if (end !== 'committed') return `${end}: ${message ?? ''}`;
  return accepted === false
    ? `committed as entry ${index}; it changed nothing`
    : `committed as entry ${index}`;
}

/** Only who leads can hand over. */
async function transfer(feed: Feed, leader: string | null, to: string | null): Promise<string> {
  if (leader === null) return 'nobody leads now';
  const answer = await feed.ask<'transfer'>({ type: 'transfer', to }, { node: leader });
  return `handing over to ${answer.to ?? 'whoever is fit'}`;
}
