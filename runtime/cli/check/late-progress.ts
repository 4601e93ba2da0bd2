/** Progress of what may be done in no time: nothing at first, and never more than anybody can read. */
import type { Clock } from '../../clock.ts';
import type { Progress } from '../progress.ts';

const quietMs = 2_000;
const pauseMs = 500;

export function lateProgress(
  { say, done }: Pick<Progress, 'say' | 'done'>,
  clock: Pick<Clock, 'nowMs'>,
): Pick<Progress, 'say' | 'done'> {
  let nextMs = clock.nowMs() + quietMs;
  return {
    say(text) {
      const nowMs = clock.nowMs();
      if (nowMs < nextMs) return;
      nextMs = nowMs + pauseMs;
      say(text);
    },
    done,
  };
}
