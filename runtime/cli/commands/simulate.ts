/**
 * `quorate simulate`: the simulator, which stands beside the tests, as a program of its own. It
 * reads its flags itself, so they are handed on as they are.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { command } from '../command.ts';

/** Simulation makes much garbage that is young; room for it saves a fifth of the time. */
const youngGeneration = '--max-semi-space-size=256';

export const simulateCommand = (): Command =>
  command('simulate', 'whole clusters in simulated weather, a seed each; any weather, then calm')
    .helpOption(false)
    .option('-h, --help', 'display help for command')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async ({ help }: Readonly<{ help?: true }>, { args }: Command) => {
      process.exitCode = await runSimulator(help ? [...args, '--help'] : args);
    });

function runSimulator(args: readonly string[]): Promise<number> {
  const main = new URL(`../../../test/simulation/main${extname(import.meta.url)}`, import.meta.url);
  const simulator = spawn(
    process.execPath,
    [...process.execArgv, youngGeneration, fileURLToPath(main), ...args],
    { stdio: 'inherit' },
  );
  // A terminal sends Ctrl-C to both of us. It decides what becomes of it; we wait for its end.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => simulator.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    simulator.once('error', reject);
    simulator.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
