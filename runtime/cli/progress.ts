/** What is going on meanwhile: one line that changes on a terminal, a line each elsewhere. */
import { isTerminal } from './output.ts';

export type Progress = Readonly<{
  /** Replaces the line before. Saying the same again changes nothing. */
  say: (text: string) => void;
  /** A line that stays. */
  note: (text: string) => void;
  done: () => void;
}>;

const eraseLine = '\r\u001B[2K';

export function progressOn(stream: NodeJS.WriteStream): Progress {
  const rewrites = isTerminal(stream);
  /** A line that wraps could not be erased as one. */
  const fitting = (text: string): string => text.slice(0, (stream.columns || 80) - 1);
  let shown: string | null = null;

  const done = (): void => {
    if (rewrites && shown !== null) stream.write(eraseLine);
    shown = null;
  };
  return {
    say: (text) => {
      if (text === shown) return;
      stream.write(rewrites ? `${eraseLine}${fitting(text)}` : `${text}\n`);
      shown = text;
    },
    note: (text) => {
      const interrupted = rewrites ? shown : null;
      if (interrupted !== null) stream.write(eraseLine);
      stream.write(`${text}\n`);
      if (interrupted !== null) stream.write(fitting(interrupted));
    },
    done,
  };
}
