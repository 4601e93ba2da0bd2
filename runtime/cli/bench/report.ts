/** The result of a benchmark, and what it must be read with. */
import { cpus, loadavg } from 'node:os';
import { packageVersion, versionOf } from '../../package.ts';
import { renderTable, type Column } from '../table.ts';
import type { Measured } from './load.ts';

export type BenchRun = Measured &
  Readonly<{ clients: number; committedPerSecond: number; serverCpuUsPerEvent: number | null }>;

export type Surroundings = Readonly<{
  quorate: string;
  node: string;
  xstate: string;
  cpu: string;
  /** Over 1, 5 and 15 minutes, before the first run. */
  loadAverage: readonly number[];
  cluster: string;
  clientsConnectTo: string;
  eventBytes: number;
}>;

export const surroundings = (
  given: Pick<Surroundings, 'cluster' | 'clientsConnectTo' | 'eventBytes'>,
): Surroundings => {
  const processors = cpus();
  return {
    quorate: packageVersion(),
    node: process.version,
    xstate: versionOf('xstate'),
    cpu: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    ...given,
  };
};

const columns: readonly Column[] = [
  { title: 'clients', align: 'right' },
  { title: 'committed/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'p99.9 ms', align: 'right' },
  { title: 'server CPU µs/event', align: 'right' },
  { title: 'failed', align: 'right' },
];

export function benchReport(
  around: Surroundings,
  runs: readonly BenchRun[],
  drawn: boolean,
): string {
  const rows = runs.map((run) => [
    String(run.clients),
    String(run.committedPerSecond),
    run.p50Ms.toFixed(2),
    run.p99Ms.toFixed(2),
    run.p999Ms.toFixed(2),
    run.serverCpuUsPerEvent === null ? 'n/a' : run.serverCpuUsPerEvent.toFixed(1),
    String(run.failed),
  ]);
  return [
    `quorate ${around.quorate}, node ${around.node}, xstate ${around.xstate}`,
    `${around.cpu}, load average before ${around.loadAverage.join(' ')}`,
    `${around.cluster}, clients connect to ${around.clientsConnectTo}, ` +
      `events of ${around.eventBytes} bytes`,
    renderTable(columns, rows, drawn),
  ].join('\n');
}
