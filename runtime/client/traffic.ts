/**
 * How much one cluster object may have under way at once, sent or waiting to be: a bound, so that
 * a cluster which does not answer is felt by whoever asks and not by the memory.
 */
import { QuorateClientError } from './client-error.ts';

export type Traffic = Readonly<{
  /** Returns what is to be called when it has ended. Throws `overloaded`. */
  enter(chars: number): () => void;
  /** Resolves when all that has entered by now has ended. */
  settled(): Promise<void>;
}>;

export function boundedTraffic({
  requestsMax,
  charsMax,
}: {
  requestsMax: number;
  charsMax: number;
}): Traffic {
  let requests = 0;
  let chars = 0;
  let idle: (() => void)[] = [];

  return {
    enter(size) {
      if (requests >= requestsMax || (requests > 0 && chars + size > charsMax)) {
        throw new QuorateClientError(
          'overloaded',
          'refused',
          `${requests} requests of ${chars} characters are under way already, and nothing was sent: wait until some have ended`,
        );
      }
      requests += 1;
      chars += size;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        requests -= 1;
        chars -= size;
        if (requests > 0) return;
        const waiting = idle;
        idle = [];
        for (const tell of waiting) tell();
      };
    },
    settled: () =>
      requests === 0 ? Promise.resolve() : new Promise((resolve) => void idle.push(resolve)),
  };
}
