/** Dissertation §3.10: whom to hand leadership to. */
import { indexZero, type LogIndex, type NodeId } from '../protocol/ids.ts';

/** The one wished for, if it may be; else of those heard of lately the one with the longest log. */
export function chooseHeir(
  wished: NodeId | null,
  others: readonly NodeId[],
  heard: ReadonlySet<NodeId>,
  matched: Readonly<Record<NodeId, LogIndex>>,
): NodeId | null {
  if (wished !== null) return others.includes(wished) ? wished : null;
  const reach = (id: NodeId): LogIndex => matched[id] ?? indexZero;
  const answered = others.filter((id) => heard.has(id));
  // Just after a count of the quorum nobody has answered yet; then whoever ever did will do.
  const able = answered.length > 0 ? answered : others.filter((id) => reach(id) > indexZero);
  return able.reduce<NodeId | null>(
    (best, id) => (best === null || reach(id) > reach(best) ? id : best),
    null,
  );
}
