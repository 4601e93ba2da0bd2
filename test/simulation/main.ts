/** The program behind `quorate simulate` and `npm run simulate`. */
import { command } from '../../runtime/cli/command.ts';
import { endReporting, endWithReader } from '../../runtime/cli/exit.ts';
import { simulateCommand } from './command.ts';

endWithReader();

try {
  const program = command('quorate', '').addCommand(simulateCommand());
  await program.parseAsync(['simulate', ...process.argv.slice(2)], { from: 'user' });
} catch (error) {
  endReporting(error);
}
