/** A drawing that is larger than its place: moved and zoomed by mouse, touch pad, and keys. */
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Area } from '../../drawing/shapes.ts';
import {
  fitted,
  panned,
  scales,
  showing,
  zoomed,
  type Size,
  type Viewport,
} from '../model/viewport.ts';

type Props = Readonly<{
  label: string;
  /** What there is to see. */
  area: Area;
  /** What should be seen where not all can be: the first that is not too large. */
  focuses: readonly Area[];
  /** Brought into view when it changes. */
  selected: Area | null;
  children: ComponentChildren;
}>;

/** Smaller, its writing could not be read. */
const readableScale = 0.6;
const panPx = 60;

export function Canvas({ label, area, focuses, selected, children }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Size>({ width: 0, height: 0 });
  const [viewport, setViewport] = useState<Viewport>({ left: 0, top: 0, scale: 1 });
  /** Until the reader moves it, it is kept where all that matters is seen. */
  const [keeping, setKeeping] = useState<'all' | 'focus' | 'nothing'>('focus');

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() =>
      setScreen({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const areaName = nameOf(area);
  const focusName = focuses.map(nameOf).join();
  useEffect(() => {
    if (screen.width === 0 || keeping === 'nothing') return;
    const whole = fitted(area, screen);
    const near = focuses.map((each) => ({ each, fit: fitted(each, screen, 0.9) }));
    const best = near.find(({ fit }) => fit.scale >= readableScale) ?? near.at(-1);
    if (keeping === 'all' || best === undefined || whole.scale >= readableScale) {
      setViewport(whole);
      return;
    }
    setViewport((now) =>
      now.scale >= readableScale && fits(best.each, now, screen)
        ? showing(now, best.each, screen)
        : best.fit,
    );
  }, [areaName, focusName, screen, keeping]);

  const selectedName = nameOf(selected);
  useEffect(() => {
    if (selected === null || screen.width === 0) return;
    setViewport((now) => showing(now, selected, screen));
  }, [selectedName, screen]);

  const move = useCallback((change: (now: Viewport) => Viewport) => {
    setKeeping('nothing');
    setViewport(change);
  }, []);
  const middle = { x: screen.width / 2, y: screen.height / 2 };
  const zoomBy = (factor: number): void => move((now) => zoomed(now, factor, middle));
  useWheel(place, move);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    if (act === 'fit') setKeeping('all');
    else if (typeof act === 'number') zoomBy(act);
    else move((now) => panned(now, act.dx, act.dy));
  };

  const { left, top, scale } = viewport;
  return (
    <div class="canvas">
      {/* It takes the keys that move it. */}
      <div
        ref={place}
        class="canvas-ground"
        tabIndex={0}
        role="group"
        aria-label={`${label}. Arrow keys move it, plus and minus zoom, zero shows all of it; Tab goes through its states.`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => drag(event, (dx, dy) => move((now) => panned(now, dx, dy)))}
      >
        <svg width="100%" height="100%" role="presentation">
          <g transform={`translate(${left} ${top}) scale(${scale})`}>{children}</g>
        </svg>
      </div>
      <div class="canvas-buttons" role="group" aria-label="View of the drawing">
        <button
          type="button"
          aria-label="Zoom in"
          title="Zoom in (+)"
          onClick={() => zoomBy(scales.step)}
        >
          +
        </button>
        <button
          type="button"
          aria-label="Zoom out"
          title="Zoom out (−)"
          onClick={() => zoomBy(1 / scales.step)}
        >
          −
        </button>
        <button
          type="button"
          title="Show all of it (0)"
          aria-pressed={keeping === 'all'}
          onClick={() => setKeeping('all')}
        >
          Fit
        </button>
        <button
          type="button"
          title="Keep the active states in view"
          aria-pressed={keeping === 'focus'}
          onClick={() => setKeeping(keeping === 'focus' ? 'nothing' : 'focus')}
        >
          Follow
        </button>
      </div>
    </div>
  );
}

const keys: Readonly<Record<string, 'fit' | number | Readonly<{ dx: number; dy: number }>>> = {
  ArrowLeft: { dx: panPx, dy: 0 },
  ArrowRight: { dx: -panPx, dy: 0 },
  ArrowUp: { dx: 0, dy: panPx },
  ArrowDown: { dx: 0, dy: -panPx },
  '+': scales.step,
  '=': scales.step,
  '-': 1 / scales.step,
  '0': 'fit',
};

const nameOf = (area: Area | null): string =>
  area === null ? '' : [area.x, area.y, area.width, area.height].map(Math.round).join(' ');

const fits = (area: Area, { scale }: Viewport, { width, height }: Size): boolean =>
  area.width * scale <= width - 40 && area.height * scale <= height - 40;

/** Browsers take it for scrolling unless they are told otherwise in time. */
function useWheel(
  place: Readonly<{ current: HTMLDivElement | null }>,
  move: (change: (now: Viewport) => Viewport) => void,
): void {
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      if (event.shiftKey) move((now) => panned(now, -event.deltaY, 0));
      else move((now) => zoomed(now, Math.exp(-event.deltaY * 0.0015), at));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [place, move]);
}

function drag(down: PointerEvent, by: (dx: number, dy: number) => void): void {
  if (down.button !== 0) return;
  let [x, y] = [down.clientX, down.clientY];
  const onMove = (event: PointerEvent): void => {
    by(event.clientX - x, event.clientY - y);
    [x, y] = [event.clientX, event.clientY];
  };
  const onUp = (): void => {
    removeEventListener('pointermove', onMove);
    removeEventListener('pointerup', onUp);
    removeEventListener('pointercancel', onUp);
  };
  addEventListener('pointermove', onMove);
  addEventListener('pointerup', onUp);
  addEventListener('pointercancel', onUp);
}
