/** Delays that run, beside the lines that tell of them: drawn each time that the clock is looked at. */
import { useEffect, useState } from 'preact/hooks';
import { realClock } from '../../../clock.ts';
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

const barPx = 84;

function Countdown({
  line,
  timer,
  remainingMs,
}: Readonly<{ line: WrittenLine; timer: TimerPicture; remainingMs: number }>) {
  const share =
    timer.totalMs === null || timer.totalMs <= 0 ? 0 : Math.min(1, remainingMs / timer.totalMs);
  return (
    <>
      <rect
        class="bar-ground"
        x={line.x}
        y={line.baseline + 2.5}
        width={barPx}
        height={2.5}
        rx={1}
      />
      <rect
        class="bar"
        x={line.x}
        y={line.baseline + 2.5}
        width={barPx * share}
        height={2.5}
        rx={1}
      />
      <text class="remaining" x={line.x + barPx + 4} y={line.baseline + 6}>
        {duration(remainingMs)}
      </text>
    </>
  );
}
