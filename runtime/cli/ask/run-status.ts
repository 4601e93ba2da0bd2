import { defaultUrls, hostOf } from '../../client/address.ts';
import { clusterUnreachable } from '../../client/propose.ts';
import { askStatus, type StatusReport } from '../../client/status.ts';
import { isTerminal, paint, print, printJson } from '../output.ts';
import { renderTable, type Column, type Row } from '../table.ts';

export type StatusOptions = Readonly<{ url?: readonly string[]; json: boolean }>;

export async function runStatus({ url: urls = defaultUrls, json }: StatusOptions): Promise<void> {
  const reports = await Promise.all(urls.map((url) => askStatus(url)));
  if (json) printJson(reports.map(withError));
  else print(renderTable(columns, reports.map(rowOf), isTerminal(process.stdout)));

  if (reports.every(({ status }) => status === null)) {
    const why = reports.map((report) => (report.status === null ? report.why : '')).join('; ');
    throw clusterUnreachable(why);
  }
}

const withError = (report: StatusReport) =>
  report.status === null
    ? { url: report.url, error: report.why }
    : { url: report.url, status: report.status };

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
  const { node, role, term, leader, lifecycle, commitIndex, appliedIndex, proposalsInFlight } =
    report.status;
  return [
    address,
    node,
    role === 'leader' ? paint.bold(role) : role,
    String(term),
    leader ?? '-',
    lifecycle,
    String(commitIndex),
    String(appliedIndex),
    String(proposalsInFlight),
  ];
}
