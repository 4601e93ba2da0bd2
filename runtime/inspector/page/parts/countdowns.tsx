/** Delays that run, beside the lines that tell of them: drawn each time that the clock is looked at. */
import { useEffect, useState } from 'preact/hooks';
import { realClock } from '../../../clock.ts';
import { metrics } from '../../drawing/metrics.ts';
import type { Drawing, WrittenLine } from '../../drawing/shapes.ts';
import type { TimerPicture } from '../../protocol.ts';
import { duration } from '../model/words.ts';

const lookEveryMs = 100;

/** The page's own monotone time, looked at so often. */
export function useNow(isNeeded: boolean, everyMs = lookEveryMs): number {
  const [nowMs, setNow] = useState(realClock.nowMs());
  useEffect(() => {
    if (!isNeeded) return undefined;
    const look = (): void => {
      setNow(realClock.nowMs());
      alarm = realClock.setTimeout(look, everyMs);
    };
    let alarm = realClock.setTimeout(look, everyMs);
    return () => realClock.clearTimeout(alarm);
  }, [isNeeded, everyMs]);
  return nowMs;
}

export type Running = Readonly<{ timers: readonly TimerPicture[]; heardAtMs: number }>;

export const remainingAt = (
  nowMs: number,
  heardAtMs: number,
  { remainingMs }: TimerPicture,
): number => Math.max(0, remainingMs - Math.max(0, nowMs - heardAtMs));

export function Countdowns({
  drawing,
  timers,
  heardAtMs,
}: Running & Readonly<{ drawing: Drawing }>) {
  const nowMs = useNow(timers.length > 0);
  const lines = [
    ...drawing.boxes.flatMap((box) => box.lines),
    ...drawing.arrows.flatMap(({ label }) => label?.lines ?? []),
  ];
  return (
    <g class="countdowns" aria-hidden="true">
      {timers.flatMap((timer) =>
        lines
          .filter(({ events }) => events.includes(timer.event))
          .map((line, nth) => (
            <Countdown
              key={`${timer.event} ${nth}`}
              line={line}
              timer={timer}
              remainingMs={remainingAt(nowMs, heardAtMs, timer)}
            />
          )),
      )}
    </g>
  );
}

function Countdown({
  line,
  timer,
  remainingMs,
}: Readonly<{ line: WrittenLine; timer: TimerPicture; remainingMs: number }>) {
  const { totalMs } = timer;
  const { x, baseline, text, writing } = line;
  const width = text.length * metrics[writing].characterPx;
  const share = totalMs === null || totalMs <= 0 ? 0 : Math.min(1, remainingMs / totalMs);
  const bar = { x, y: baseline + 2, height: 2, rx: 1 };
  return (
    <>
      <rect class="bar-ground" {...bar} width={width} />
      <rect class="bar" {...bar} width={width * share} />
      <text class="remaining" x={x + width + 7} y={baseline}>
        {duration(remainingMs)}
      </text>
    </>
  );
}
