/** Drawings of charts, laid out in a worker, once for each chart and manner. */
import ElkConstructor, { type ELK, type ELKConstructorArguments } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartState } from '../../../machines/protocol/chart.ts';
import { graphOf, type Direction } from '../drawing/graph.ts';
import type { Detail } from '../drawing/lines.ts';
import { drawingOf, type Drawing } from '../drawing/shapes.ts';

/** It is made by its default export, which the types of that package do not tell as such. */
const makeElk = ElkConstructor as unknown as new (options: ELKConstructorArguments) => ELK;

/** Of the room that a chart has on the page: wider than high. */
const roomShape = 1.3;

export class Drawings {
  #elk: ELK | null = null;
  readonly #drawn = new Map<string, Promise<Drawing>>();

  /** `key` names the chart: those that differ have keys that differ. */
  of(key: string, chart: Chart, detail: Detail): Promise<Drawing> {
    const name = `${detail} ${key}`;
    const known = this.#drawn.get(name);
    if (known !== undefined) return known;
    const drawing = this.#draw(chart, detail);
    this.#drawn.set(name, drawing);
    // It may be tried again, then.
    drawing.catch(() => this.#drawn.delete(name));
    return drawing;
  }

  async #draw(chart: Chart, detail: Detail): Promise<Drawing> {
    const elk = (this.#elk ??= new makeElk({
      workerUrl: 'elk-worker.js',
      workerFactory: (url) => new Worker(new URL(url ?? '', import.meta.url)),
    }));
    const inDirection = async (direction: Direction): Promise<Drawing> =>
      drawingOf(chart, await elk.layout(graphOf(chart, { direction, detail })), detail);
    // Each takes its time: what is as large as this has to be looked at in parts anyway.
    if (statesIn(chart.root) > largeStates) return inDirection('DOWN');
    const both = [await inDirection('RIGHT'), await inDirection('DOWN')] as const;
    return shrinking(both[0]) <= shrinking(both[1]) ? both[0] : both[1];
  }
}

const largeStates = 24;

export const statesIn = ({ states }: ChartState): number =>
  states.reduce((count, state) => count + statesIn(state), 1);

/** How much smaller it has to be made to be seen as a whole. */
const shrinking = ({ width, height }: Drawing): number => Math.max(width / roomShape, height);
