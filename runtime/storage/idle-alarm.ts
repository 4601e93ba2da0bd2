/** Rings once nothing has stirred for a while. Stirring is cheap: it sets no alarm anew. */
import type { Alarm, Clock } from '../clock.ts';

export type IdleAlarm = Readonly<{ stir(): void; stop(): void }>;

export function idleAlarm(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  idleMs: number,
  ring: () => void,
): IdleAlarm {
  let alarm: { set: Alarm } | null = null;
  let stirred = false;

  const watch = (): void => {
    stirred = false;
    alarm = {
      set: clock.setTimeout(() => {
        alarm = null;
        if (stirred) watch();
        else ring();
      }, idleMs),
    };
  };
  return {
    stir: () => {
      stirred = true;
      if (!alarm) watch();
    },
    stop: () => {
      if (alarm) clock.clearTimeout(alarm.set);
      alarm = null;
    },
  };
}
