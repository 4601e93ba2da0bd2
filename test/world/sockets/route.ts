/** The network from one place to another, for one kind of traffic: its weather, and its faults. */
import type { Chance } from '../random.ts';
import type { Way } from './way.ts';

/** Nodes talk on the first, clients on the others. */
export type Plane = 'peer' | 'client' | 'http';

export type SocketWeather = Readonly<{
  /** From one computer to the other. What comes later on a connection never overtakes. */
  delayMs: readonly [low: number, high: number];
  /** Of each connection. */
  bytesPerMs: number;
  /** From the end of a silence until TCP has tried again. */
  retryMs: readonly [low: number, high: number];
  /** The share of connections that do not survive a silence in which something was to be sent. */
  resetAfterSilence: number;
}>;

export const fairSockets: SocketWeather = {
  delayMs: [1, 1],
  bytesPerMs: Infinity,
  retryMs: [0, 0],
  resetAfterSilence: 0,
};

export type RouteState =
  | 'whole'
  /** Nothing arrives, and nobody is told. */
  | 'silent'
  /** The same, but kept until let go, and then all there at once. */
  | 'held'
  /** Whatever comes along is answered by a reset. */
  | 'refusing';

/** Of all routes of a network. */
export type Climate = { weather: SocketWeather; readonly chance: Chance };

export class Route {
  state: RouteState = 'whole';
  /** Dials arrive, and are never answered. */
  ignoresDials = false;
  /** Of this one alone. */
  own: SocketWeather | null = null;
  /** The connections that pass here, in the order of their dialing. */
  readonly ways = new Set<Way>();
  /** Dials that wait for the route to be whole again. */
  knocks: (() => void)[] = [];
  readonly #climate: Climate;

  constructor(climate: Climate) {
    this.#climate = climate;
  }

  get isWhole(): boolean {
    return this.state === 'whole';
  }
  get weather(): SocketWeather {
    return this.own ?? this.#climate.weather;
  }

  delayMs(): number {
    return this.#draw(this.weather.delayMs);
  }
  retryMs(): number {
    return this.#draw(this.weather.retryMs);
  }

  cut(state: 'silent' | 'held' | 'refusing'): void {
    this.state = state;
    for (const way of this.ways) {
      if (state === 'refusing') way.brokenBy();
      else way.stall();
    }
    if (state === 'refusing') this.#letKnock();
  }

  heal(): void {
    const wasSilent = this.state === 'silent';
    this.state = 'whole';
    this.ignoresDials = false;
    for (const way of this.ways) {
      const { resetAfterSilence } = this.weather;
      const isReset =
        wasSilent &&
        resetAfterSilence > 0 &&
        way.isStalled &&
        this.#climate.chance.happens(resetAfterSilence);
      if (isReset) way.brokenBy();
      else way.resume(wasSilent ? this.retryMs() : 0);
    }
    this.#letKnock();
  }

  #letKnock(): void {
    const knocks = this.knocks;
    this.knocks = [];
    for (const knock of knocks) knock();
  }

  #draw([low, high]: readonly [number, number]): number {
    return low === high ? low : low + this.#climate.chance.fraction() * (high - low);
  }
}
