/** One chaos run: a cluster, its clients, the storm, the calm after it, and the verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Line } from '../cluster/line.ts';
import { becalm, type Calm, type Instance, lookAround } from './calm.ts';
import { Client } from './clients/client.ts';
import { Crowd } from './clients/crowd.ts';
import { chance, type Chance } from '../world/random.ts';
import { Ground } from './ground.ts';
import { incidentsOf } from './incidents.ts';
import { judge, type Verdict } from './judge/verdict.ts';
import { Leaders } from './leaders.ts';
import { Recorder } from './recorder.ts';
import type { FaultKind } from './schedule.ts';
import { storm } from './storm.ts';
import { Tally } from './tally.ts';

export type RunOptions = Readonly<{
  nodes: number;
  clients: number;
  seed: number;
  /** How long the storm lasts at least: it ends when each kind of fault has hit something. */
  lastsMs: number;
  /** The folder with the record and the logs is left also when all went well. */
  keep: boolean;
}>;

export type Observer = Readonly<{
  /** Told about once a second. */
  progress: (text: string) => void;
  /** Ends the run at once; the verdict is on what was recorded until then. */
  interrupted: Promise<unknown>;
}>;

export type Outcome = Readonly<{
  verdict: Verdict;
  tally: Tally;
  leaders: Leaders;
  lastedMs: number;
  /** Null where the run did not come so far. */
  calm: Calm | null;
  kinds: readonly FaultKind[];
  notAllowed: ReadonlyMap<FaultKind, string>;
  /** Null where it was removed. */
  folder: string | null;
}>;

const clientsDiceFrom = 100;

export async function run(options: RunOptions, observer: Observer): Promise<Outcome> {
  await using ground = await Ground.lay(options);
  const { cluster, notAllowed, smallDisk } = ground;
  const beganMs = performance.now();
  const elapsedMs = (): number => performance.now() - beganMs;

  const tally = new Tally();
  const incidents: string[] = [];
  let isInterrupted = false;
  const interrupted = (async () => {
    await observer.interrupted;
    isInterrupted = true;
    // Ctrl-C on a terminal reaches the nodes as well: how they end from here on shows nothing.
    incidents.push(...incidentsOf(cluster.nodes, tally));
    return null;
  })();
  const recorder = new Recorder(ground.write('history.jsonl'));
  const story = ground.write('faults.log');
  const leaders = new Leaders(cluster);
  const dice = (number: number): Chance => chance(options.seed, `chaos ${number}`);
  const crowd = new Crowd({
    cluster,
    count: options.clients,
    dice: (nth) => dice(clientsDiceFrom + nth),
    recorder,
    notice: tally,
  });
  const progress = setInterval(
    () => observer.progress(progressOf(tally, leaders, elapsedMs())),
    1_000,
  );

  await storm({
    cluster,
    tally,
    leader: () => leaders.latest,
    smallDisk,
    kinds: ground.kinds,
    dice,
    lastsMs: options.lastsMs,
    wait: async (ms) => {
      await Promise.race([sleep(ms), interrupted]);
    },
    isInterrupted: () => isInterrupted,
    note: (text) => story.write(`${Math.round(elapsedMs())} ms ${text}\n`),
  }).catch((error: unknown) => incidents.push(String(error)));
  const lastedMs = elapsedMs();
  tally.gaps.stop();

  const calmDown = async (): Promise<Calm> => {
    const finished = crowd.finish();
    const readyMs = await becalm(cluster);
    await finished;
    const reader = new Client(
      'c0',
      new Line(
        cluster.nodes.map(({ port }) => port),
        0,
      ),
      {
        dice: dice(clientsDiceFrom - 1),
        recorder,
        notice: tally,
        isAbandoned: () => isInterrupted,
      },
    );
    const instances = instancesIn(recorder);
    for (const { machine, key } of instances) await reader.read(machine, key, 10_000);
    reader.hangUp();
    return { readyMs, ...(await lookAround(cluster, instances)) };
  };
  const calm = await Promise.race([isInterrupted ? null : calmDown(), interrupted]).catch(
    (error: unknown) => {
      if (!isInterrupted) incidents.push(`after the storm: ${String(error)}`);
      return null;
    },
  );
  clearInterval(progress);
  observer.progress('judging');
  await Promise.all([crowd.abandon(), leaders.stop()]);

  if (!isInterrupted) incidents.push(...incidentsOf(cluster.nodes, tally));
  const verdict = judge({
    history: [...recorder.events],
    states: calm?.states ?? null,
    leaders: leaders.byTerm,
    incidents,
  });
  ground.write('findings.txt').write(verdict.findings.join('\n'));
  ground.keeps = options.keep || !verdict.passed;
  return {
    verdict,
    tally,
    leaders,
    lastedMs,
    calm,
    kinds: ground.kinds.flat(),
    notAllowed,
    folder: ground.keeps ? ground.folder : null,
  };
}

function progressOf({ operations, faults }: Tally, { byTerm }: Leaders, elapsedMs: number): string {
  const struck = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const { ok, refused, unknown } = operations;
  const term = Math.max(0, ...byTerm.keys());
  return `${Math.round(elapsedMs / 1_000)} s: ${ok} ok, ${refused} refused, ${unknown} unknown; ${struck} faults; term ${term}`;
}

function instancesIn(recorder: Recorder): readonly Instance[] {
  const found = new Map<string, Instance>();
  for (const event of recorder.events) {
    if (event.type !== 'call') continue;
    const { machine, input } = event;
    found.set(`${machine}/${input.key}`, { machine, key: input.key });
  }
  return [...found.values()];
}
