/** Where the nodes of a cluster stand on the drawing of it, and the links between them. */

export type Point = Readonly<{ x: number; y: number }>;

export const card = { width: 190, height: 132 } as const;
/** The two directions run beside each other. */
const apartPx = 9;
const gapPx = 8;

/** Evenly on an ellipse, the first at the top. */
export function places(
  nodes: readonly string[],
  width: number,
  height: number,
): Map<string, Point> {
  const middle = { x: width / 2, y: height / 2 };
  const radius = {
    x: Math.max(0, (width - card.width) / 2 - 24),
    y: Math.max(0, (height - card.height) / 2 - 24),
  };
  if (nodes.length === 1) return new Map(nodes.map((node) => [node, middle]));
  const angles = nodes.map((_, nth) => (nth / nodes.length) * 2 * Math.PI - Math.PI / 2);
  const across = stretch(angles.map(Math.cos));
  const down = stretch(angles.map(Math.sin));
  return new Map(
    nodes.map((node, nth) => [
      node,
      {
        x: middle.x + radius.x * (across[nth] ?? 0),
        y: middle.y + radius.y * (down[nth] ?? 0),
      },
    ]),
  );
}

/** A triangle does not reach as far down as up: from -1 to 1, all the same. */
function stretch(values: readonly number[]): readonly number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (most - least < 1e-9) return values.map(() => 0);
  return values.map((value) => ((value - least) / (most - least)) * 2 - 1);
}

/** From the edge of one card to that of the other, on the right-hand side of the way. */
export function linkBetween(from: Point, to: Point): Readonly<{ start: Point; end: Point }> {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.max(1, Math.hypot(dx, dy));
  const aside = { x: (-dy / length) * apartPx, y: (dx / length) * apartPx };
  const [out, into] = [edgeAt(dx, dy), edgeAt(-dx, -dy)];
  const away = (centre: Point, edge: Point, along: number): Point => ({
    x: centre.x + edge.x + aside.x + (dx / length) * along,
    y: centre.y + edge.y + aside.y + (dy / length) * along,
  });
  return { start: away(from, out, gapPx), end: away(to, into, -gapPx) };
}

/** Where a line from the middle of a card, in that direction, leaves it. */
function edgeAt(dx: number, dy: number): Point {
  const [halfWidth, halfHeight] = [card.width / 2, card.height / 2];
  const share = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : halfWidth / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : halfHeight / Math.abs(dy),
  );
  return Number.isFinite(share) ? { x: dx * share, y: dy * share } : { x: 0, y: 0 };
}
