/** The cluster: its nodes, what they are to each other, and what has just happened. */
import { usePicture } from '../connection/use-feed.ts';
import { ClusterDrawing } from '../parts/cluster-drawing.tsx';
import { ClusterActs } from '../parts/cluster-acts.tsx';
import { NodeTable } from '../parts/node-table.tsx';
import type { Happening } from '../model/happenings.ts';
import { timeOfDay } from '../model/words.ts';

export function ClusterView() {
  const nodes = usePicture((picture) => picture.nodes);
  const happenings = usePicture((picture) => picture.happenings);
  const welcome = usePicture((picture) => picture.welcome);
  const members = welcome?.members ?? [];
  return (
    <div class="cluster-view">
      <section class="cluster-main" aria-label="Nodes and links">
        <ClusterDrawing members={members} nodes={nodes} own={welcome?.node ?? null} />
        <NodeTable members={members} nodes={nodes} own={welcome?.node ?? null} />
      </section>
      <aside class="cluster-side" aria-label="Events of the cluster">
        {welcome?.source === 'node' && <ClusterActs nodes={nodes} mayAct={welcome.mayAct} />}
        <h2>What happened</h2>
        {happenings.length === 0 ? (
          <p class="muted">
            Nothing yet. Elections, lost links and followers that lag are told here as they happen.
          </p>
        ) : (
          <ol
            class="happenings"
            aria-live="polite"
            tabIndex={0}
            aria-label="What happened, the newest first"
          >
            {happenings.map((happening, nth) => (
              <HappeningRow key={happenings.length - nth} happening={happening} />
            ))}
          </ol>
        )}
      </aside>
    </div>
  );
}

function HappeningRow({ happening: { atMs, tone, sentence } }: Readonly<{ happening: Happening }>) {
  return (
    <li class={`happening ${tone}`}>
      <time class="time">{timeOfDay(atMs)}</time>
      <span>{sentence}</span>
    </li>
  );
}
