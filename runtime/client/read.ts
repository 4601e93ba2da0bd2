/** One read, asked of one node after another until one answers it. */
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { Consistency } from '../service.ts';
import { ConnectionLost } from './connection.ts';
import type { StateAnswer } from './messages.ts';
import { clusterUnreachable } from './propose.ts';
import { insist, type Rotation } from './rotation.ts';

export type ReadRequest = Readonly<{
  machine: string;
  key: string;
  consistency: Consistency;
  timeoutMs: number;
}>;

const passing: ReadonlySet<string> = new Set(['no-leader', 'shutting-down', 'overloaded']);

export async function read(rotation: Rotation, request: ReadRequest): Promise<StateAnswer> {
  const { timeoutMs, ...question } = request;
  let trouble: QuorateError | null = null;

  const outcome = await insist<StateAnswer>(rotation, timeoutMs, async (connection, patienceMs) => {
    try {
      const answer = await connection.ask({ type: 'read', ...question }, patienceMs);
      if (answer.type === 'state') return answer;
      if (answer.type !== 'refused') return null;
      trouble = new QuorateError(answer.code, answer.message);
      if (!passing.has(answer.code)) throw trouble;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      trouble = clusterUnreachable(error.message);
    }
    return null;
  });
  if (outcome.settled !== null) return outcome.settled;
  throw trouble ?? clusterUnreachable(outcome.unreachable ?? 'no time left');
}
