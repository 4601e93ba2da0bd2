/** A trace in the inspector's page, from a door of its own, until Ctrl-C. */
import { basename } from 'node:path';
import { openTraceDoor } from '../../inspector/trace/trace-door.ts';
import { packageVersion } from '../../package.ts';
import { interruptions } from '../cluster/interruptions.ts';
import { complain } from '../exit.ts';
import { print } from '../output.ts';
import { readTraceFile } from './trace-file.ts';

type Options = Readonly<{ file: string; port: number; show: (address: string) => void }>;

export async function inspectTrace({ file, port, show }: Options): Promise<void> {
  const { first } = interruptions();
  const trace = await readTraceFile(file);
  const about = { trace, name: basename(file), release: packageVersion() };
  const door = await openTraceDoor({ host: '127.0.0.1', port }, about);
  const address = `http://127.0.0.1:${door.port}/inspect/`;
  print(address);
  complain(`${trace.lines.length} steps of ${trace.members.length} nodes; Ctrl-C ends it`);
  show(address);
  await first;
  await door.close();
}
