/** How long to wait: for a leader, and for votes. */
import { limits } from '../protocol/limits.ts';
import { drawInteger, type RandomState } from './random.ts';

/** Raft §5.2: drawn anew for every election, so that split votes pass. */
export function drawPatience(random: RandomState): [patienceMs: number, next: RandomState] {
  return drawInteger(random, limits.electionTimeoutMsMin, limits.electionTimeoutMsMax);
}

/**
 * A voter writes before it answers, and that belongs to the broadcast time which elections must
 * outlast (Raft §5.6). The disks of a cluster are alike, so the best estimate is what our own
 * record took; it is as nothing where disks are fast. Where it is wrong, votes are counted late.
 */
export const withVotersRecording = (patienceMs: number, ourRecordingMs: number): number =>
  patienceMs + Math.min(ourRecordingMs, limits.recordingMsMax);
