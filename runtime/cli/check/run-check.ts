/** Checks the machines of a file one after the other, and says what came of it. */
import { QuorateError } from '../../../machines/protocol/errors.ts';
import type { Definition } from '../../../machines/replica/replicated.ts';
import { checkReplicable } from '../../check/check-replicable.ts';
import { realClock } from '../../clock.ts';
import { endReporting } from '../exit.ts';
import { loadEvents, loadModule } from '../machines/load.ts';
import { print, printJson } from '../output.ts';
import { progressOn } from '../progress.ts';
import { eventsByMachine } from './events.ts';
import { lateProgress } from './late-progress.ts';
import { type Checked, inLines } from './verdict.ts';

export type RunCheckOptions = Readonly<{
  file: string;
  events?: string;
  seconds: number;
  verbose: boolean;
  json: boolean;
}>;

export async function runCheck(options: RunCheckOptions): Promise<void> {
  try {
    await check(options);
  } catch (error) {
    endReporting(error);
  }
  // A module may have left a timer or a socket behind. What was printed is printed first.
  process.stdout.write('', () => process.exit());
}

async function check({ file, events: eventsFile, seconds, verbose, json }: RunCheckOptions) {
  const { path, machines, events: exported } = await loadModule(file);
  const names = Object.keys(machines);
  const given = eventsFile === undefined ? exported : await loadEvents(eventsFile);
  const eventsOf = eventsByMachine(given, names, eventsFile ?? file);

  const progress = lateProgress(progressOn(process.stderr), realClock);
  const checked = Object.entries(machines).map(([name, machine]): Checked => {
    const onProgress = ({ states, steps }: Readonly<{ states: number; steps: number }>): void =>
      progress.say(`${name}: ${states} states, ${steps} transitions tried`);
    const report = checkReplicable(machine as Definition, {
      name,
      events: eventsOf(name),
      machineNames: names,
      timeMsMax: seconds * 1000,
      onProgress,
    });
    return { name, ...report };
  });
  progress.done();

  if (json) printJson({ file: path, ok: checked.every(({ ok }) => ok), machines: checked });
  else for (const each of checked) print(inLines(each, verbose));

  const unfit = checked.filter(({ ok }) => !ok).map(({ name }) => name);
  if (unfit.length > 0) {
    throw new QuorateError(
      'machine-unsupported',
      `${unfit.join(', ')} cannot be replicated faithfully; what to do stands ${json ? 'in the result' : 'above'}.`,
    );
  }
}
