/**
 * What the nodes log, for whoever watches them. That they miss each other while they come and go
 * is no news, unless the cluster does not come about.
 */
import { isAboutALink, readableLogOf } from '../log.ts';
import type { Progress } from '../progress.ts';

const keptMax = 200;

export interface NodeLogs {
  readonly logged: (node: string, line: string) => void;
  /** From now on, or no longer, all nodes should be there. */
  expectAll(expected: boolean): void;
  /** What was no news then explains a failure now. */
  showKept(): void;
}

export function nodeLogs(progress: Progress, showsAll: boolean): NodeLogs {
  const kept: string[] = [];
  let showsLinks = showsAll;
  return {
    logged: (node, line) => {
      const readable = readableLogOf(node, line);
      if (showsLinks || !isAboutALink(line)) progress.note(readable);
      else if (kept.length < keptMax) kept.push(readable);
    },
    expectAll: (expected) => {
      showsLinks = expected || showsAll;
    },
    showKept: () => {
      for (const line of kept.splice(0)) progress.note(line);
    },
  };
}
