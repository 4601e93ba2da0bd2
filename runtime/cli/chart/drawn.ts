/** A chart laid out in this process. It keeps the process busy for a while: never in a node. */
import elk from 'elkjs/lib/elk.bundled.js';
import type { Chart } from '../../../machines/protocol/chart.ts';
import { graphOf, type Direction } from '../../inspector/drawing/graph.ts';
import type { Detail } from '../../inspector/drawing/lines.ts';
import { drawingOf, type Drawing } from '../../inspector/drawing/shapes.ts';

/** Of width to height, as fits a page. */
const fitting = 1.3;

const misfit = ({ width, height }: Drawing): number =>
  Math.abs(Math.log(width / height) - Math.log(fitting));

/** In the direction in which it comes nearer to the shape of a page. */
export async function drawn(chart: Chart, detail: Detail): Promise<Drawing> {
  const inDirection = async (direction: Direction): Promise<Drawing> => {
    const laidOut = await new elk.default().layout(graphOf(chart, { direction, detail }));
    return drawingOf(chart, laidOut, detail);
  };
  const down = await inDirection('DOWN');
  const right = await inDirection('RIGHT');
  return misfit(down) <= misfit(right) ? down : right;
}
