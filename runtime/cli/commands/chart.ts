/** `quorate chart`: a machine as a picture for its documentation. */
import { Option, type Command } from 'commander';
import { command } from '../command.ts';

type Flags = Readonly<{ mermaid?: true; json?: true; brief: boolean; out?: string }>;

const more = `
FILE exports \`machines\`, or machines under names of their own. MACHINE is one of those names, or the
id of one; it may be left out where there is only one. Nothing is run but the module itself.`;

export const chartCommand = (): Command =>
  command('chart', 'draw a machine for its documentation')
    .argument('<file>', 'a module that exports XState machines')
    .argument('[machine]', 'which of them')
    .addOption(
      new Option('--svg', 'as an SVG file, for dark and for light (default)').conflicts([
        'mermaid',
        'json',
      ]),
    )
    .addOption(new Option('--mermaid', 'as a Mermaid state diagram').conflicts(['json']))
    .option('--json', 'as plain data, for programs')
    .option('--brief', 'in an SVG: only where it can go, without descriptions and actions', false)
    .option('--out <file>', 'write it there rather than to standard output')
    .addHelpText('after', more)
    .action(async (file: string, machine: string | undefined, flags: Flags) => {
      const { runChart } = await import('../chart/run-chart.ts');
      const { mermaid, json, brief, out } = flags;
      const format = mermaid ? 'mermaid' : json ? 'json' : 'svg';
      await runChart({ file, machine, format, brief, out });
    });
