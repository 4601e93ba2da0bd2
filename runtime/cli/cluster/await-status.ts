/** Waits until all nodes of a cluster have come to what is hoped for. */
import { QuorateError } from '../../../machines/protocol/errors.ts';
import type { Clock } from '../../clock.ts';
import { hostOf } from '../../client/address.ts';
import { pause } from '../../client/rotation.ts';
import { askStatus, type StatusReport } from '../../client/status.ts';
import type { NodeStatus } from '../../service.ts';

const betweenMs = 100;
const answerMs = 1_000;

export type Hope = Readonly<{
  clock: Clock;
  deadlineMs: number;
  /** What is still missing, in words; null once it has come true. */
  missing: (statuses: readonly NodeStatus[]) => string | null;
  waitingFor: (what: string) => void;
}>;

export async function awaitStatus(
  urls: readonly string[],
  { clock, deadlineMs, missing, waitingFor }: Hope,
): Promise<readonly NodeStatus[]> {
  for (;;) {
    const reports = await Promise.all(
      urls.map((url) => askStatus(url, { clock, patienceMs: answerMs })),
    );
    const statuses = reports.flatMap(({ status }) => (status === null ? [] : [status]));
    const what = silent(reports) ?? missing(statuses);
    if (what === null) return statuses;
    if (clock.nowMs() > deadlineMs) {
      throw new QuorateError('no-leader', `still waiting for ${what}; see the log above.`);
    }
    waitingFor(what);
    await pause(clock, betweenMs);
  }
}

function silent(reports: readonly StatusReport[]): string | null {
  const addresses = reports.flatMap(({ url, status }) => (status === null ? [hostOf(url)] : []));
  return addresses.length === 0 ? null : `an answer from ${addresses.join(', ')}`;
}

/** One leader whom all of them follow. */
export const missingLeader = (statuses: readonly NodeStatus[]): string | null => {
  const leaders = new Set(statuses.map(({ leader }) => leader));
  return leaders.size === 1 && !leaders.has(null) ? null : 'a leader';
};

export const missingRunning = (statuses: readonly NodeStatus[]): string | null => {
  const late = statuses.filter(({ lifecycle }) => lifecycle !== 'Running');
  return late.length === 0 ? null : `${late.map(({ node }) => node).join(', ')} to be Running`;
};
