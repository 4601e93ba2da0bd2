/**
 * Who is wrong where nodes that applied the same entries have come to different states: whoever
 * differs from what a majority of the voters came to; and where no majority agrees, whoever differs
 * from the leader. A majority need not be right, but it is what the cluster answers with.
 */
import type { NodeId } from '../protocol/ids.ts';
import { majorityOf } from './quorum.ts';

/** What each node that has said so came to, at one place of the log. */
export type Testimonies = ReadonlyMap<NodeId, string>;

export type Verdict =
  /** Nobody has said anything else, and too few have said anything. */
  | Readonly<{ type: 'unheard' }>
  | Readonly<{ type: 'agreed' }>
  /** Somebody has come to something else, and it is not known who is right. */
  | Readonly<{ type: 'contested'; by: readonly NodeId[] }>
  /** These agree, and it is for them to say. */
  | Readonly<{ type: 'outvoted'; by: readonly NodeId[]; rule: 'majority' | 'leader' }>;

type Court = Readonly<{
  self: NodeId;
  voters: readonly NodeId[];
  leader: NodeId | null;
  /** Whoever has not said anything by now is not waited for. */
  isLate: boolean;
}>;

export function judge(testimonies: Testimonies, { self, voters, leader, isLate }: Court): Verdict {
  const ours = testimonies.get(self);
  const heard = voters.filter((voter) => testimonies.has(voter));
  const others = heard.filter((voter) => testimonies.get(voter) !== ours);
  const majority = majorityOf(voters.length);
  if (ours === undefined || others.length === 0) {
    const isEnough = ours !== undefined && heard.length >= majority;
    return { type: isEnough ? 'agreed' : 'unheard' };
  }
  const sides = sidesAmong(heard, testimonies);
  const largest = sides.reduce((most, side) => (side.length > most.length ? side : most), []);
  if (largest.length >= majority) return decided(largest, 'majority');

  const silent = voters.length - heard.length;
  const mayAgreeYet = largest.length + silent >= majority && !isLate;
  const leading = sides.find((side) => leader !== null && side.includes(leader));
  if (mayAgreeYet || leading === undefined) return { type: 'contested', by: others };
  return decided(leading, 'leader');

  function decided(side: readonly NodeId[], rule: 'majority' | 'leader'): Verdict {
    return side.includes(self) ? { type: 'agreed' } : { type: 'outvoted', by: side, rule };
  }
}

function sidesAmong(nodes: readonly NodeId[], testimonies: Testimonies): readonly NodeId[][] {
  const sides = new Map<string | undefined, NodeId[]>();
  for (const node of nodes) {
    const said = testimonies.get(node);
    const side = sides.get(said);
    if (side === undefined) sides.set(said, [node]);
    else side.push(node);
  }
  return [...sides.values()];
}
