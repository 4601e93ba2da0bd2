/** All clients of a run, each behind its own wires. */
import type { Cluster } from '../../cluster/cluster.ts';
import { Line } from '../../cluster/line.ts';
import type { Chance } from '../../world/random.ts';
import type { Recorder } from '../recorder.ts';
import { Client, type Notice } from './client.ts';
import { Keys } from './keys.ts';

export type CrowdOptions = Readonly<{
  cluster: Cluster;
  count: number;
  dice: (number: number) => Chance;
  recorder: Recorder;
  notice: Notice;
}>;

/** So many clients share one instance of each machine, on average. */
const clientsPerSlot = 8;

export class Crowd {
  #state: 'working' | 'finishing' | 'abandoned' = 'working';
  readonly #all: Promise<unknown>;

  constructor({ cluster, count, dice, recorder, notice }: CrowdOptions) {
    const keys = new Keys(Math.max(1, Math.round(count / clientsPerSlot)));
    const isAbandoned = (): boolean => this.#state === 'abandoned';
    this.#all = Promise.all(
      Array.from({ length: count }, (_, nth) => {
        const name = `c${nth + 1}`;
        const ports = cluster.wires.flatMap(({ from, proxy }) =>
          from === name ? [proxy.port] : [],
        );
        const client = new Client(name, new Line(ports, nth), {
          dice: dice(nth),
          recorder,
          notice,
          isAbandoned,
        });
        return client.work(keys, () => this.#state !== 'working');
      }),
    );
  }

  /** Each finishes what it is at. */
  async finish(): Promise<void> {
    if (this.#state === 'working') this.#state = 'finishing';
    await this.#all;
  }

  /** Each drops what it is at: nobody will know how that ended. */
  async abandon(): Promise<void> {
    this.#state = 'abandoned';
    await this.#all;
  }
}
