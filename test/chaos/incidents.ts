/** What processes and answers show of something gone wrong that no fault of ours explains. */
import type { NodeProcess } from '../cluster/cluster.ts';
import { parseFaultLine } from '../../runtime/cli/exit.ts';
import type { Tally } from './tally.ts';

/** A cluster that is cut in pieces, crowded, or stopping may say these. */
const passingRefusals = new Set(['no-leader', 'overloaded', 'shutting-down']);
/** A disk that is full, and a flush that fails, end a node. */
const faultsExpected = new Set(['storage-full', 'storage-failed']);

export function incidentsOf(nodes: readonly NodeProcess[], tally: Tally): string[] {
  const incidents = nodes.flatMap(({ id, ends, log }) => {
    const faults = log.split('\n').flatMap((line) => parseFaultLine(line) ?? []);
    const strange = faults.filter(({ code }) => !faultsExpected.has(code));
    const unexplained = ends.filter(({ status, signal }) =>
      status === null ? signal !== 'SIGKILL' && signal !== 'SIGTERM' : status > 1,
    );
    const failures = ends.filter(({ status }) => status === 1).length;
    return [
      ...strange.map(({ code, message }) => `${id} ended: ${code}: ${message}`),
      ...unexplained.map(({ status, signal }) => `${id} ended with ${signal ?? status}`),
      ...(failures > faults.length
        ? [`${id} failed ${failures} times, and said why ${faults.length} times`]
        : []),
    ];
  });
  for (const [code, count] of tally.refusals) {
    if (!passingRefusals.has(code)) incidents.push(`${count} sendings were refused for ${code}`);
  }
  return incidents;
}
