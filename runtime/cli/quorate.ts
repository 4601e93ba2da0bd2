#!/usr/bin/env node
/** The `quorate` command. Says how it ended by its exit status: 0 done, 1 failed, 2 wrong usage. */
import { endReporting } from './exit.ts';
import { argumentsMeant, quorateProgram } from './program.ts';

// Whoever reads our output may have had enough, as `quorate watch … | head -1` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const program = quorateProgram();
  await program.parseAsync(argumentsMeant(process.argv.slice(2), program), { from: 'user' });
} catch (error) {
  endReporting(error);
}
