/**
 * Tells the log which definitions of its machines this node has, where there is more than one of
 * any, or where the log believes something else of it; and which of them came to nothing when
 * they were tried. Every node does so, whoever leads.
 */
import type { Chore } from '../../machines/protocol/chore.ts';
import { indexZero, type NodeId } from '../../machines/protocol/ids.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import type { ChoreDesk } from './chore-desk.ts';

type Parts = Readonly<{
  node: NodeId;
  /** Ourselves included. */
  voters: readonly NodeId[];
  replica: Replica;
  desk: ChoreDesk;
}>;

/** To be called now and then while somebody leads, once what is known to be committed is applied. */
export function announcement({ node, voters, replica, desk }: Parts): () => void {
  const { known, knowledge } = replica;
  const wanted = JSON.stringify(known);
  let isUnderWay = false;
  let hasSpoken = false;

  const isToldAlready = (): boolean => JSON.stringify(knowledge.of(node)?.known ?? []) === wanted;

  /** What all have was not taken. Whoever starts a node once more wants it to be tried again. */
  const isToBeTriedAgain = (): boolean =>
    !hasSpoken && replica.upgrades(voters).some(({ refusal }) => refusal !== null);

  const put = (chore: Chore): void => {
    isUnderWay = true;
    desk.put(chore, () => (isUnderWay = false));
  };

  return () => {
    if (isUnderWay) return;
    const [refusal] = replica.refusals.untold;
    if (refusal !== undefined) return put({ type: 'refused', ...refusal });
    if (isToldAlready() && !isToBeTriedAgain()) return;
    hasSpoken = true;
    const after = knowledge.of(node)?.index ?? indexZero;
    put({ type: 'knows', node, voters, known, after });
  };
}
