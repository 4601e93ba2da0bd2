/** Reads a trace that `quorate simulate` has written. */
import { readFile, stat } from 'node:fs/promises';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { readTrace, type Trace } from '../../inspector/trace/trace.ts';

/** Node cannot hold a much longer text. */
const bytesMax = 400 * 1024 * 1024;

/** Throws `trace-unreadable`. */
export async function readTraceFile(file: string): Promise<Trace> {
  const trace = readTrace(await textOf(file));
  if (trace !== null) return trace;
  throw unreadable(file, 'no line of it is one of a trace');
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
}

const unreadable = (file: string, why: string): QuorateError =>
  new QuorateError(
    'trace-unreadable',
    `${file} cannot be read as a trace (${why}); give the file that \`quorate simulate --seed S --trace FILE\` wrote`,
    { file },
  );
