/**
 * What a leader takes for held is held: its own copy and those of others count from when they are
 * on disk, and such as they are there (Raft §5.3). Once somebody is in a later term, its log is the
 * next leader's business.
 */
import { entryAt } from '../../machines/rules/log.ts';
import type { LogIndex, NodeId } from '../../machines/protocol/ids.ts';
import type { NodeSnapshot } from '../../runtime/host.ts';
import { isSameEntry } from '../world/checks/glimpse.ts';
import type { World } from '../world/world.ts';

/** Looks at every leader, whenever it has learnt of a copy. */
export function watchMatches(world: World): void {
  const { onUp } = world;
  world.onUp = (process) => {
    onUp(process);
    let known: NodeSnapshot['context']['matched'] | null = null;
    process.core.actor.subscribe({
      next({ context }) {
        if (context.matched === known) return;
        for (const [node, index] of Object.entries(context.matched)) {
          if (known?.[node as NodeId] !== index) look(world, context, node as NodeId, index);
        }
        known = context.matched;
      },
      // The node itself sees to that. Unheard here, XState would throw it into the world.
      error() {},
    });
  };
}

function look(
  world: World,
  { self, log, hardState }: NodeSnapshot['context'],
  node: NodeId,
  index: LogIndex,
): void {
  const { entries, hardState: theirs } = world.disk(node).durable;
  if ((theirs?.term ?? 0) > hardState.term) return;
  const [ours, held] = [entryAt(log, index), entries[index - 1]];
  if (ours === undefined || (held !== undefined && isSameEntry(ours, held))) return;
  const has = held === undefined ? 'nothing' : `an entry of term ${held.term}`;
  world.find(
    'matches',
    `${self} leads term ${hardState.term} and takes ${node} to hold its ${index}, where ${has} is`,
  );
}
