/**
 * The clients of one run, in a process of their own, so that what they cost is not counted as
 * the servers'. Closed loop: each has one proposal under way, and sends the next when it is answered.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import { realClock, type Clock } from '../../clock.ts';
import { connect, ConnectionLost, type Connection } from '../../client/connection.ts';
import { dialWebSocket } from '../../client/dial-ws.ts';
import type { ProposalAnswer } from '../../client/messages.ts';
import { pause } from '../../client/rotation.ts';
import {
  benchMachine,
  eventOf,
  instances,
  type DriverReport,
  type Load,
  type Measured,
} from './load.ts';

const answerMs = 10_000;
/** Fewer at once than a node lets wait. */
const handshakesAtOnce = 32;

export async function driveAndReport(load: Load): Promise<void> {
  const report = (said: DriverReport): void => {
    process.send?.(said);
  };
  // Ctrl-C is for whoever started us; when that is gone, so are we.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => process.exit());
  report({ type: 'result', result: await drive(load, realClock, report) });
  process.disconnect?.();
}

export async function drive(
  { urls, clients, warmupMs, measureMs, eventBytes }: Load,
  clock: Clock,
  report: (said: DriverReport) => void,
): Promise<Measured> {
  const connections = await connectAll(urls, clients, clock);
  const run = newRun();
  const event = eventOf(eventBytes);
  const loops = connections.map((connection, number) =>
    loop(connection, number, event, run, clock),
  );

  await pause(clock, warmupMs);
  report({ type: 'measuring' });
  run.measures = true;
  const startedMs = clock.nowMs();
  await pause(clock, measureMs);
  run.measures = false;
  const elapsedMs = Math.round(clock.nowMs() - startedMs);
  report({ type: 'measured' });

  run.goesOn = false;
  await Promise.all(loops);
  for (const connection of connections) connection.close();
  return { ...summary(run), elapsedMs };
}

async function connectAll(
  urls: readonly string[],
  clients: number,
  clock: Clock,
): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < clients) {
    const count = Math.min(handshakesAtOnce, clients - connections.length);
    const next = Array.from({ length: count }, (_, at) => {
      const url = urls[(connections.length + at) % urls.length] ?? '';
      return connect(url, { dial: dialWebSocket, clock, patienceMs: answerMs });
    });
    connections.push(...(await Promise.all(next)));
  }
  return connections;
}

type Run = {
  goesOn: boolean;
  measures: boolean;
  failed: number;
  firstFailure: Measured['firstFailure'];
  readonly latenciesUs: Histogram;
};

const newRun = (): Run => ({
  goesOn: true,
  measures: false,
  failed: 0,
  firstFailure: null,
  latenciesUs: build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 }),
});

async function loop(
  connection: Connection,
  number: number,
  event: ReturnType<typeof eventOf>,
  run: Run,
  clock: Clock,
): Promise<void> {
  // Clients start far apart among the instances, and all of them visit all.
  for (let at = number * 37; run.goesOn; at += 1) {
    const askedMs = clock.nowMs();
    try {
      const answer = await connection.ask(
        {
          type: 'propose',
          proposalId: clock.newProposalId(),
          machine: benchMachine,
          key: `k${at % instances}`,
          event,
          timeoutMs: answerMs,
          reply: 'none',
        },
        answerMs,
      );
      if (answer.type !== 'committed' || !answer.accepted) fail(run, failureOf(answer));
      else if (run.measures) {
        run.latenciesUs.recordValue(Math.max(1, Math.round((clock.nowMs() - askedMs) * 1_000)));
      }
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      fail(run, { code: 'outcome-unknown', message: error.message });
      return;
    }
  }
}

function fail(run: Run, failure: NonNullable<Measured['firstFailure']>): void {
  run.failed += 1;
  run.firstFailure ??= failure;
}

function failureOf(answer: ProposalAnswer): NonNullable<Measured['firstFailure']> {
  if (answer.type === 'refused') return { code: answer.code, message: answer.message };
  if (answer.type === 'unknown') return { code: 'outcome-unknown', message: answer.message };
  return { code: 'internal', message: `answered with ${JSON.stringify(answer)}` };
}

function summary({ latenciesUs, failed, firstFailure }: Run): Omit<Measured, 'elapsedMs'> {
  const atMs = (percentile: number): number => latenciesUs.getValueAtPercentile(percentile) / 1_000;
  return {
    committed: latenciesUs.totalCount,
    p50Ms: atMs(50),
    p99Ms: atMs(99),
    p999Ms: atMs(99.9),
    failed,
    firstFailure,
  };
}
