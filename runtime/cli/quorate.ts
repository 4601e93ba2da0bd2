#!/usr/bin/env node
/** The `quorate` command. Says how it ended by its exit status: 0 done, 1 failed, 2 wrong usage. */
import { endReporting, endWithReader } from './exit.ts';
import { argumentsMeant, quorateProgram } from './program.ts';

endWithReader();

try {
  const program = quorateProgram();
  await program.parseAsync(argumentsMeant(process.argv.slice(2), program), { from: 'user' });
} catch (error) {
  endReporting(error);
}
