/** The program behind `quorate simulate` and `npm run simulate`. */
import { endReporting } from '../../runtime/cli/exit.ts';
import { simulateCommand } from './command.ts';

try {
  await simulateCommand().parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  endReporting(error);
}
