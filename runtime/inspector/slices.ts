/** Long work in short turns, with pauses in which the node goes on with its own. */
import { limits } from '../../machines/protocol/limits.ts';
import type { Clock } from '../clock.ts';

/** `some` does a little, and says whether there is more to do. */
export function inSlices(clock: Clock, some: () => boolean, done: () => void): void {
  const slice = (): void => {
    const untilMs = clock.nowMs() + limits.replaySliceMs;
    while (some()) {
      if (clock.nowMs() < untilMs) continue;
      clock.setTimeout(slice, limits.replaySliceMs);
      return;
    }
    done();
  };
  slice();
}
