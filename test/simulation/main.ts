/** The program behind `quorate simulate` and `npm run simulate`. */
import { command } from '../../runtime/cli/command.ts';
import { endReporting } from '../../runtime/cli/exit.ts';
import { simulateCommand } from './command.ts';

// Whoever reads our output may have had enough, as in `quorate simulate … | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const program = command('quorate', '').addCommand(simulateCommand());
  await program.parseAsync(['simulate', ...process.argv.slice(2)], { from: 'user' });
} catch (error) {
  endReporting(error);
}
