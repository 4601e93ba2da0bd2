/** How long to wait for a leader. Raft §5.2: drawn anew for every election, so that split votes pass. */
import { limits } from '../protocol/limits.ts';
import { drawInteger, type RandomState } from './random.ts';

export function drawPatience(random: RandomState): [patienceMs: number, next: RandomState] {
  return drawInteger(random, limits.electionTimeoutMsMin, limits.electionTimeoutMsMax);
}
