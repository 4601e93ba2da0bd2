/**
 * What ELK laid out, as shapes for whoever draws them: an SVG of the page that follows a living
 * actor, or a file. Everything is in one system of coordinates, in pixels.
 */
import type { ElkEdgeSection, ElkExtendedEdge, ElkNode, ElkPoint } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartState } from '../../../machines/protocol/chart.ts';
import { familyOf, type Family } from './family.ts';
import { box, dotOf, dotPx, label as labels } from './graph.ts';
import { labelOf, linesOf, type Detail, type Line } from './lines.ts';
import { metrics } from './metrics.ts';
import { readingOrderOf } from './reading-order.ts';
import { routesOf } from './routes.ts';

export type Drawing = Readonly<{
  width: number;
  height: number;
  /** Outer before inner. */
  boxes: readonly Box[];
  arrows: readonly Arrow[];
  dots: readonly Dot[];
}>;

export type Area = Readonly<{ x: number; y: number; width: number; height: number }>;

export type Box = Area &
  Readonly<{
    state: string;
    kind: ChartState['kind'];
    title: Written;
    /** One of the states that its parallel parent is in all at once. */
    isRegion: boolean;
    depth: number;
    lines: readonly WrittenLine[];
    /** Under its writing, where it has states within; null where it has none. */
    divider: number | null;
  }>;

export type Written = Readonly<{ x: number; baseline: number; text: string }>;
export type WrittenLine = Line & Written;

export type Arrow = Readonly<{
  /** `link.dialing → link.greeting`; for the arrow to an initial state, that of its dot. */
  id: string;
  from: string;
  to: string;
  isInitial: boolean;
  /** Of an SVG path. It ends where the tip does. */
  path: string;
  tip: Readonly<{ x: number; y: number; degrees: number }>;
  label: (Area & Readonly<{ lines: readonly WrittenLine[] }>) | null;
}>;

export type Dot = Readonly<{ of: string; x: number; y: number; radius: number }>;

export function drawingOf(chart: Chart, laidOut: ElkNode, detail: Detail): Drawing {
  const family = familyOf(chart);
  const nodes = new Map<string, ElkNode>();
  const edges = new Map<string, ElkExtendedEdge>();
  const visit = (node: ElkNode): void => {
    nodes.set(node.id, node);
    for (const edge of node.edges ?? []) edges.set(edge.id, edge);
    node.children?.forEach(visit);
  };
  visit(laidOut);
  return {
    width: laidOut.width ?? 0,
    height: laidOut.height ?? 0,
    boxes: [...family.values()].flatMap(({ state, around }) => {
      const area = areaOf(nodes.get(state.id));
      return area === null ? [] : [boxOf(state, around, area, linesOf(state, family, detail))];
    }),
    arrows: [...initialArrows(family, edges), ...routeArrows(family, edges, detail)],
    dots: [...family.keys()].flatMap((of) => {
      const area = areaOf(nodes.get(dotOf(of)));
      if (area === null) return [];
      const radius = dotPx / 2;
      return [{ of, x: area.x + radius, y: area.y + radius, radius }];
    }),
  };
}

function areaOf(shape: Partial<Area> | undefined): Area | null {
  if (shape === undefined) return null;
  const { x = 0, y = 0, width = 0, height = 0 } = shape;
  return { x, y, width, height };
}

function boxOf(
  state: ChartState,
  around: readonly ChartState[],
  area: Area,
  lines: readonly Line[],
): Box {
  const top = area.y + box.paddingY + metrics.title.linePx;
  const isHistory = state.kind === 'shallow-history' || state.kind === 'deep-history';
  const rows = isHistory ? [] : written(lines, area.x + box.paddingX, top);
  const bottom = rows.reduce((y, { writing }) => y + metrics[writing].linePx, top);
  return {
    ...area,
    state: state.id,
    kind: state.kind,
    title: isHistory
      ? historyMark(area, state.kind)
      : { x: area.x + box.paddingX, baseline: top - 5, text: state.key },
    isRegion: around.at(-1)?.kind === 'parallel',
    depth: around.length,
    lines: rows,
    divider: state.states.length > 0 ? bottom + box.paddingY - 2 : null,
  };
}

function historyMark({ x, y, width, height }: Area, kind: ChartState['kind']): Written {
  const text = kind === 'deep-history' ? 'H*' : 'H';
  return { text, x: x + (width - text.length * 8) / 2, baseline: y + height / 2 + 5 };
}

function written(lines: readonly Line[], x: number, top: number): readonly WrittenLine[] {
  let y = top;
  return lines.map((line) => {
    const { linePx } = metrics[line.writing];
    y += linePx;
    return { ...line, x, baseline: y - 4 };
  });
}

function initialArrows(family: Family, edges: ReadonlyMap<string, ElkExtendedEdge>): Arrow[] {
  return [...family.values()].flatMap(({ state }) => {
    const from = dotOf(state.id);
    const id = `${from} → ${state.initial}`;
    const way = wayOf(edges.get(id), false);
    if (state.initial === null || way === null) return [];
    return [{ id, from, to: state.initial, isInitial: true, ...way, label: null }];
  });
}

function routeArrows(
  family: Family,
  edges: ReadonlyMap<string, ElkExtendedEdge>,
  detail: Detail,
): Arrow[] {
  const routes = routesOf(family);
  const order = readingOrderOf(family, routes);
  return routes.flatMap((route) => {
    const edge = edges.get(route.id);
    const way = wayOf(edge, order.isBackwards(route));
    if (way === null) return [];
    const area = areaOf(edge?.labels?.[0]);
    const lines = labelOf(route, detail);
    const label =
      area === null
        ? null
        : { ...area, lines: written(lines, area.x + labels.paddingX, area.y + labels.paddingY) };
    return [{ id: route.id, from: route.from, to: route.to, isInitial: false, ...way, label }];
  });
}

function wayOf(
  edge: ElkExtendedEdge | undefined,
  isBackwards: boolean,
): Pick<Arrow, 'path' | 'tip'> | null {
  const laidOut = (edge?.sections ?? []).flatMap(pointsOf);
  const points = isBackwards ? laidOut.toReversed() : laidOut;
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return null;
  const degrees = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return { path: roundedPath(points), tip: { ...end, degrees: Math.round(degrees) } };
}

const pointsOf = ({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection): ElkPoint[] =>
  [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: tidy(x), y: tidy(y) }));

const tidy = (value: number): number => Math.round(value * 10) / 10;
const cornerPx = 7;

/** Straight lines, with their corners rounded off. */
function roundedPath(points: readonly ElkPoint[]): string {
  const [start, ...rest] = points;
  if (start === undefined) return '';
  const parts = [`M${start.x} ${start.y}`];
  rest.forEach((corner, nth) => {
    const before = points[nth] ?? start;
    const after = rest[nth + 1];
    if (after === undefined) {
      parts.push(`L${corner.x} ${corner.y}`);
      return;
    }
    const into = towards(corner, before);
    const out = towards(corner, after);
    parts.push(`L${into.x} ${into.y}`, `Q${corner.x} ${corner.y} ${out.x} ${out.y}`);
  });
  return parts.join('');
}

/** Beside the corner on the way to that point, and never more than half of the way. */
function towards(corner: ElkPoint, point: ElkPoint): ElkPoint {
  const [dx, dy] = [point.x - corner.x, point.y - corner.y];
  const distance = Math.hypot(dx, dy);
  const share = distance === 0 ? 0 : Math.min(cornerPx, distance / 2) / distance;
  return { x: tidy(corner.x + dx * share), y: tidy(corner.y + dy * share) };
}
