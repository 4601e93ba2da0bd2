/** Pan and zoom of a drawing. A point of the drawing is at `x * scale + left` on the screen. */
import type { Area } from '../../drawing/shapes.ts';

export type Viewport = Readonly<{ left: number; top: number; scale: number }>;
export type Size = Readonly<{ width: number; height: number }>;

export const scales = { min: 0.08, max: 4, step: 1.25 } as const;
const marginPx = 12;

/** All of the area is seen, in the middle, at most at its own size. */
export function fitted(area: Area, screen: Size, most = 1.15): Viewport {
  const scale = bounded(
    Math.min(
      most,
      (screen.width - 2 * marginPx) / Math.max(area.width, 1),
      (screen.height - 2 * marginPx) / Math.max(area.height, 1),
    ),
  );
  return {
    scale,
    left: (screen.width - area.width * scale) / 2 - area.x * scale,
    top: (screen.height - area.height * scale) / 2 - area.y * scale,
  };
}

/** The point of the screen keeps what it shows. */
export function zoomed(
  { left, top, scale }: Viewport,
  factor: number,
  at: Readonly<{ x: number; y: number }>,
): Viewport {
  const next = bounded(scale * factor);
  const change = next / scale;
  return { scale: next, left: at.x - (at.x - left) * change, top: at.y - (at.y - top) * change };
}

export const panned = ({ left, top, scale }: Viewport, dx: number, dy: number): Viewport => ({
  left: left + dx,
  top: top + dy,
  scale,
});

/** Moved as little as is needed to see the area; as it is where it is seen already. */
export function showing(viewport: Viewport, area: Area, screen: Size): Viewport {
  const { scale, left, top } = viewport;
  const dx = nudge(area.x * scale + left, area.width * scale, screen.width);
  const dy = nudge(area.y * scale + top, area.height * scale, screen.height);
  return dx === 0 && dy === 0 ? viewport : panned(viewport, dx, dy);
}

function nudge(start: number, length: number, room: number): number {
  if (start < marginPx || length > room - 2 * marginPx) return marginPx - start;
  return Math.min(0, room - marginPx - (start + length));
}

/** Around all of them; null if there are none. */
export function around(areas: readonly Area[]): Area | null {
  if (areas.length === 0) return null;
  const x = Math.min(...areas.map((area) => area.x));
  const y = Math.min(...areas.map((area) => area.y));
  const right = Math.max(...areas.map((area) => area.x + area.width));
  const bottom = Math.max(...areas.map((area) => area.y + area.height));
  return { x, y, width: right - x, height: bottom - y };
}

const bounded = (scale: number): number => Math.min(scales.max, Math.max(scales.min, scale));
