/** One read, asked of one node after another until one answers it. */
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { Consistency } from '../service.ts';
import { hostOf } from './address.ts';
import { ConnectionLost } from './connection.ts';
import { insist } from './insist.ts';
import type { StateAnswer } from './messages.ts';
import { clusterUnreachable } from './propose.ts';
import type { Rotation } from './rotation.ts';

export type ReadRequest = Readonly<{
  machine: string;
  key: string;
  consistency: Consistency;
  timeoutMs: number;
  /** Rejects with the signal's reason. */
  signal?: AbortSignal;
}>;

const passing: ReadonlySet<string> = new Set([
  'no-leader',
  'shutting-down',
  'diverged',
  'overloaded',
]);

/** Rejects with a QuorateError: a refusal's code, or `cluster-unreachable`. */
export async function read(rotation: Rotation, request: ReadRequest): Promise<StateAnswer> {
  const { timeoutMs, signal, ...question } = request;
  let refusal: QuorateError | null = null;
  let lost: Readonly<{ url: string; why: string }> | null = null;

  const outcome = await insist<StateAnswer>(
    rotation,
    timeoutMs,
    async (connection, patienceMs) => {
      try {
        const answer = await connection.ask({ type: 'read', ...question }, patienceMs);
        if (answer.type === 'state') return answer;
        refusal =
          answer.code === 'no-leader'
            ? nobodyVouches(connection.url, timeoutMs)
            : new QuorateError(answer.code, answer.message);
        if (!passing.has(answer.code)) throw refusal;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        lost = { url: connection.url, why: error.message };
      }
      return null;
    },
    signal,
  );
  if (outcome.settled !== null) return outcome.settled;
  if (refusal !== null) throw refusal as QuorateError;
  if (lost !== null) throw unanswered(lost, request);
  throw clusterUnreachable(outcome.unreachable ?? 'no time left');
}

/** A node that hears of no leader in time is silent until then. A local read asks nobody else. */
const unanswered = (
  { url, why }: Readonly<{ url: string; why: string }>,
  { consistency, timeoutMs }: ReadRequest,
): QuorateError =>
  consistency === 'local' ? clusterUnreachable(why) : nobodyVouches(url, timeoutMs);

const nobodyVouches = (url: string, timeoutMs: number): QuorateError =>
  new QuorateError(
    'no-leader',
    `${hostOf(url)} was reached, but gave no answer that a leader vouches for within ${timeoutMs} ms: ` +
      'a majority of the nodes must be up; `quorate read --consistency local` asks one node alone.',
  );
