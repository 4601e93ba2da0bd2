import { defaultUrls, hostOf } from '../../client/address.ts';
import { clusterUnreachable } from '../../client/propose.ts';
import { askStatus, type StatusReport } from '../../client/status.ts';
import type { NodeStatus } from '../../service.ts';
import { isTerminal, paint, print, printJson } from '../output.ts';
import { renderTable, type Column, type Row } from '../table.ts';

export type StatusOptions = Readonly<{ url?: readonly string[]; json: boolean }>;

export async function runStatus({ url: urls = defaultUrls, json }: StatusOptions): Promise<void> {
  const reports = await Promise.all(urls.map((url) => askStatus(url)));
  if (json) printJson(reports.map(withError));
  else {
    print(renderTable(columns, reports.map(rowOf), isTerminal(process.stdout)));
    for (const line of new Set(reports.flatMap(upgradesOf))) print(line);
  }

  if (reports.every(({ status }) => status === null)) {
    const why = reports.map((report) => (report.status === null ? report.why : '')).join('; ');
    throw clusterUnreachable(why);
  }
}

const withError = (report: StatusReport) =>
  report.status === null
    ? { url: report.url, error: report.why }
    : { url: report.url, status: report.status };

/** What is in store there, a line each. */
const upgradesOf = ({ status }: StatusReport): readonly string[] =>
  (status?.upgrades ?? []).map(({ machine, waitsFor, refusal }) =>
    refusal === null
      ? `${machine} goes over to its next definition once ${waitsFor.join(', ')} told that they have it`
      : `${machine} stays at its definition: ${refusal}`,
  );

const columns: readonly Column[] = [
  { title: 'address' },
  { title: 'node' },
  { title: 'role' },
  { title: 'term', align: 'right' },
  { title: 'leader' },
  { title: 'lifecycle' },
  { title: 'commit', align: 'right' },
  { title: 'applied', align: 'right' },
  { title: 'in flight', align: 'right' },
];

function rowOf(report: StatusReport): Row {
  const address = hostOf(report.url);
  if (report.status === null) {
    return [address, '-', paint.red('unreachable'), '-', '-', '-', '-', '-', '-'];
  }
  const { node, term, leader, lifecycle, commitIndex, appliedIndex, proposalsInFlight } =
    report.status;
  return [
    address,
    node,
    roleOf(report.status),
    String(term),
    leader ?? '-',
    lifecycle,
    String(commitIndex),
    String(appliedIndex),
    String(proposalsInFlight),
  ];
}

/** A node that has come to wrong states votes and leads like any other, and serves nobody. */
function roleOf({ role, quarantined }: Pick<NodeStatus, 'role' | 'quarantined'>): string {
  // Nodes of an earlier version do not say so.
  if (quarantined) return paint.red(`${role}, diverged`);
  return role === 'leader' ? paint.bold(role) : role;
}
