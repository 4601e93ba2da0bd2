/**
 * Long work with somebody looking on: says now and then how far it is, and hears Ctrl-C. Once
 * means "come to an end", twice "leave at once".
 */
import { isTerminal } from '../../runtime/cli/output.ts';
import { progressOn } from '../../runtime/cli/progress.ts';

export type Attendance = Readonly<{
  howFar: () => string;
  /** Called before leaving at once: what must not be lost. */
  leaving?: () => void;
  stream?: NodeJS.WriteStream;
}>;

/** A log is read later, and by people who wait for its end. */
const everyMs = { terminal: 1_000, log: 10_000 } as const;

const statusOnInterrupt = 130;

export async function attended<Result>(
  { howFar, leaving = () => {}, stream = process.stderr }: Attendance,
  work: (isToStop: () => boolean) => Promise<Result>,
): Promise<Result> {
  const progress = progressOn(stream);
  let isToStop = false;
  const hear = (): void => {
    if (isToStop) {
      progress.done();
      leaving();
      process.exit(statusOnInterrupt);
    }
    isToStop = true;
    progress.note('finishing what is under way; once more to leave at once');
  };
  const saying = setInterval(
    () => progress.say(howFar()),
    isTerminal(stream) ? everyMs.terminal : everyMs.log,
  );
  process.on('SIGINT', hear);
  try {
    return await work(() => isToStop);
  } finally {
    process.off('SIGINT', hear);
    clearInterval(saying);
    progress.done();
  }
}
