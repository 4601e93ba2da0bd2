/**
 * A chart as the graph that ELK lays out: boxes in boxes, with room for their writing. Where ELK
 * runs, in a worker of the page or in a command, is the caller's business.
 */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartState } from '../../../machines/protocol/chart.ts';
import { familyOf, sharedGround, type Family } from './family.ts';
import { labelOf, linesOf, roomFor, type Detail } from './lines.ts';
import { metrics, widthOf } from './metrics.ts';
import { readingOrderOf, type ReadingOrder } from './reading-order.ts';
import { routesOf, type Route } from './routes.ts';

export const box = { paddingX: 12, paddingY: 9, gapBelowText: 12, tagPx: 26 } as const;
export const dotPx = 10;
const historyPx = 22;
export const label = { paddingX: 6, paddingY: 3 } as const;

/** The dot from which the arrow to a state's initial child comes. */
export const dotOf = (state: string): string => `${state}/initial`;
/** Around a region of a parallel state, so that arrows may start at the region itself. Not drawn. */
const wrapperOf = (state: string): string => `${state}/region`;

const everywhere: LayoutOptions = {
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
};

/** Options that keep the order of the model crash ELK on nested boxes. */
const layered: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '6',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
};

const packed: LayoutOptions = {
  'elk.algorithm': 'rectpacking',
  'elk.hierarchyHandling': 'SEPARATE_CHILDREN',
  'elk.spacing.nodeNode': '16',
  'elk.aspectRatio': '1.6',
};

/** Down or to the right: which of them fits its place better, its reader may try. */
export type Direction = 'DOWN' | 'RIGHT';

/** Said the same to ELK and to whoever makes shapes of what it answers. */
export type Manner = Readonly<{ direction: Direction; detail: Detail }>;

type Plan = Readonly<{
  detail: Detail;
  family: Family;
  routes: readonly Route[];
  order: ReadingOrder;
  layered: LayoutOptions;
}>;

export function graphOf(chart: Chart, { direction, detail }: Manner): ElkNode {
  const family = familyOf(chart);
  const routes = routesOf(family);
  const order = readingOrderOf(family, routes);
  const plan = {
    detail,
    family,
    routes,
    order,
    layered: { ...layered, 'elk.direction': direction },
  };
  return {
    id: `${chart.root.id}/drawing`,
    layoutOptions: { ...everywhere, ...plan.layered, 'elk.padding': paddings(16, 16) },
    children: [nodeOf(chart.root, plan)],
    edges: edgesWithin(chart.root.id, plan),
  };
}

const paddings = (top: number, rest: number): string =>
  `[top=${top},left=${rest},bottom=${rest},right=${rest}]`;

function nodeOf(state: ChartState, plan: Plan): ElkNode {
  if (state.kind === 'shallow-history' || state.kind === 'deep-history') {
    return { id: state.id, width: historyPx, height: historyPx };
  }
  const text = textSize(state, plan);
  if (state.states.length === 0) {
    const layoutOptions: LayoutOptions =
      state.kind === 'final' ? { 'elk.layered.layering.layerConstraint': 'LAST' } : {};
    return { id: state.id, ...text, layoutOptions };
  }
  const around: LayoutOptions = {
    'elk.padding': paddings(text.height + box.gapBelowText, 16),
    'elk.nodeSize.constraints': 'MINIMUM_SIZE',
    'elk.nodeSize.minimum': `(${text.width},${text.height})`,
  };
  if (state.kind === 'parallel') {
    return {
      id: state.id,
      layoutOptions: { ...around, ...packed },
      children: state.states.map((region) => ({
        id: wrapperOf(region.id),
        layoutOptions: { ...plan.layered, 'elk.padding': paddings(0, 0) },
        children: [nodeOf(region, plan)],
        edges: edgesWithin(region.id, plan),
      })),
    };
  }
  const children = state.states.map((child) => nodeOf(child, plan));
  if (state.initial === null) return { id: state.id, layoutOptions: around, children };
  const dot: ElkNode = { id: dotOf(state.id), width: dotPx, height: dotPx };
  const edge = { id: `${dot.id} → ${state.initial}`, sources: [dot.id], targets: [state.initial] };
  return { id: state.id, layoutOptions: around, children: [dot, ...children], edges: [edge] };
}

/** Of a state without its children. */
function textSize(
  state: ChartState,
  { family, detail }: Plan,
): Readonly<{ width: number; height: number }> {
  const { width, height } = roomFor(linesOf(state, family, detail));
  const title = widthOf(state.key, 'title') + (state.kind === 'atomic' ? 0 : box.tagPx);
  return {
    width: Math.max(72, title, width) + 2 * box.paddingX,
    height: metrics.title.linePx + height + 2 * box.paddingY,
  };
}

function edgesWithin(ground: string, { family, routes, order, detail }: Plan): ElkExtendedEdge[] {
  return routes
    .filter(({ from, to }) => sharedGround(family, from, to) === ground)
    .map((route) => {
      const { width, height } = roomFor(labelOf(route, detail));
      const ends = order.isBackwards(route) ? [route.to, route.from] : [route.from, route.to];
      return {
        id: route.id,
        sources: ends.slice(0, 1),
        targets: ends.slice(1),
        labels: [
          {
            id: `${route.id}/label`,
            // ELK gives no place to a label without text.
            text: route.id,
            width: width + 2 * label.paddingX,
            height: height + 2 * label.paddingY,
            layoutOptions: { 'elk.edgeLabels.inline': 'true' },
          },
        ],
      };
    });
}
