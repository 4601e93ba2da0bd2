/** Replays a real log with the machines of now, and says what new ones would make of it. */
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { versionsOf } from '../../../machines/replica/hosting.ts';
import { realClock } from '../../clock.ts';
import { changesOf } from '../../storage/machines-file.ts';
import { lateProgress } from '../check/late-progress.ts';
import { endReporting } from '../exit.ts';
import { loadMachines, type Machines } from '../machines/load.ts';
import { print, printJson } from '../output.ts';
import { progressOn } from '../progress.ts';
import { foresee } from './foresee.ts';
import { realLog, type RealLog } from './real-log.ts';
import { replay } from './replay.ts';
import { counted, inLines } from './report.ts';

export type CheckUpgradeOptions = Readonly<{
  old: string;
  next: string;
  data: string;
  json: boolean;
}>;

export async function runCheckUpgrade(options: CheckUpgradeOptions): Promise<void> {
  try {
    await checkUpgrade(options);
  } catch (error) {
    endReporting(error);
  }
  // A module may have left a timer or a socket behind. What was printed is printed first.
  process.stdout.write('', () => process.exit());
}

async function checkUpgrade({ old, next, data, json }: CheckUpgradeOptions): Promise<void> {
  const progress = progressOn(process.stderr);
  const late = lateProgress(progress, realClock);
  const machines = { old: await loadMachines(old), next: await loadMachines(next) };

  const log = await realLog(data);
  const { folder, node, cluster, usedBy, entries } = log;
  const where = { folder, node, cluster, usedBy, entries: entries.length };
  progress.note(
    `the log of ${node} in ${folder}, ${counted(entries.length, 'entry', 'entries')}` +
      (usedBy === null ? '' : `; it is in use by process ${usedBy}, so there may be more by now`),
  );

  requireOld(old, machines.old, log);
  const replica = await replay(log, machines.old, (index) =>
    late.say(`replayed ${index} of ${entries.length} entries`),
  );
  const findings = await foresee(replica, machines.next, (machine, instances) =>
    late.say(`${machine}: ${instances} of ${replica.instanceCount(machine)} instances`),
  );
  late.done();

  const unfit = findings.filter(({ problems }) => problems > 0).map(({ machine }) => machine);
  if (json) printJson({ ...where, ok: unfit.length === 0, machines: findings });
  else for (const finding of findings) print(inLines(finding));
  if (unfit.length === 0) return;
  throw new QuorateError(
    'upgrade-unfit',
    `${unfit.join(', ')} would not come over whole; what would happen stands ${json ? 'in the result' : 'above'}.`,
  );
}

function requireOld(file: string, machines: Machines, log: RealLog): void {
  const first = Object.entries(machines).map(([name, definition]) => {
    const [{ fingerprint }] = versionsOf(definition, limits);
    return [name, fingerprint] as const;
  });
  const changes = changesOf(log.fingerprints, Object.fromEntries(first));
  if (changes.length === 0) return;
  throw new QuorateError(
    'machines-changed',
    `${file} is not what ${log.folder} was written with: ${changes.join(', ')}. Give the machines that the nodes run now.`,
    { path: log.folder },
  );
}
