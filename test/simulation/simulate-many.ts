/** Seed after seed on all cores, until one fails, the time is up, or there were enough. */
import { randomInt } from 'node:crypto';
import { exitStatus } from '../../runtime/cli/exit.ts';
import { print } from '../../runtime/cli/output.ts';
import { attended } from './attended.ts';
import { coresThereAre, type Flags } from './command.ts';
import { Coverage } from './coverage/coverage.ts';
import { coverageReport } from './coverage/report.ts';
import { runFarm } from './farm.ts';
import { drawPlan } from './plan.ts';
import { boilDown, makeFolder, tellFailure } from './simulate-one.ts';
import { Tally } from './tally.ts';
import { runPlan } from './universe.ts';

export async function simulateMany({
  seeds,
  minutes,
  from,
  processes = coresThereAre,
  out,
  coverage: isCovering,
}: Flags): Promise<void> {
  if (out !== undefined) makeFolder(out);
  const first = from ?? randomInt(2 ** 31);
  const count = seeds ?? Infinity;
  const startedMs = performance.now();
  const untilMs =
    seeds === undefined || minutes !== undefined ? startedMs + (minutes ?? 1) * 60_000 : Infinity;
  const tally = new Tally();
  const coverage = new Coverage();
  const soFar = (): string => tally.line(performance.now() - startedMs);
  let given = 0;

  print(`seeds from ${first} on, ${processes} at a time`);
  await attended({ howFar: soFar }, (isToStop) =>
    runFarm({
      processes,
      coverage: isCovering === true,
      nextSeed() {
        const isEnough = isToStop() || given >= count || performance.now() > untilMs;
        if (isEnough || tally.failed.length > 0) return null;
        given += 1;
        return first + given - 1;
      },
      heard(report) {
        tally.add(report);
        coverage.add(report.visits);
      },
    }),
  );
  print(soFar());
  print(`faults: ${tally.faultsByKind()}`);
  if (isCovering) print(coverageReport(coverage));

  const [failed] = tally.failed;
  if (failed === undefined) return;
  process.exitCode = exitStatus.failed;
  tellFailure(failed.seed, failed);
  const plan = drawPlan(failed.seed);
  const again = await runPlan(plan);
  if (again.digest !== failed.digest) {
    print('It does not fail in the same way here: the simulation depends on more than its seed.');
    return;
  }
  await boilDown(plan, again, out);
}
