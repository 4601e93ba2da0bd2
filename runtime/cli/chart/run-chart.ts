/** Draws one machine of a module, to standard output or into a file. */
import { writeFile } from 'node:fs/promises';
import type { Chart } from '../../../machines/protocol/chart.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import { endReporting, usageError } from '../exit.ts';
import { chosenMachine } from './chosen-machine.ts';
import { drawn } from './drawn.ts';
import { inMermaid } from './mermaid.ts';
import { inSvg } from './svg.ts';

export type RunChartOptions = Readonly<{
  file: string;
  machine: string | undefined;
  format: 'svg' | 'mermaid' | 'json';
  brief: boolean;
  out: string | undefined;
}>;

export async function runChart(options: RunChartOptions): Promise<void> {
  try {
    const chart = chartOf(await chosenMachine(options.file, options.machine));
    const text = await inFormat(chart, options);
    if (options.out === undefined) process.stdout.write(text);
    else await write(options.out, text);
  } catch (error) {
    endReporting(error);
  }
  // The module may have left a timer or a socket behind. What was printed is printed first.
  process.stdout.write('', () => process.exit());
}

async function inFormat(
  chart: Chart,
  { format, brief }: Pick<RunChartOptions, 'format' | 'brief'>,
): Promise<string> {
  if (format === 'json') return `${JSON.stringify(chart, null, 2)}\n`;
  if (format === 'mermaid') return inMermaid(chart);
  return inSvg(chart, await drawn(chart, brief ? 'brief' : 'full'));
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw usageError(`--out ${file} cannot be written: ${(error as Error).message}.`);
  }
}
