/** Who says to lead, asked of all nodes again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, NodeProcess } from '../cluster/cluster.ts';

const askEveryMs = 200;

export class Leaders {
  /** Who was seen to lead, by term. */
  readonly byTerm = new Map<number, Set<string>>();
  readonly #cluster: Cluster;
  #isOver = false;
  readonly #watching: Promise<unknown>;
  #latest: Readonly<{ term: number; node: NodeProcess }> | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#watching = Promise.all(cluster.nodes.map((node) => this.#watch(node)));
  }

  get latest(): NodeProcess | null {
    return this.#latest?.node ?? null;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
  }

  async #watch(node: NodeProcess): Promise<void> {
    while (!this.#isOver) {
      const status = await this.#cluster.status(node).catch(() => null);
      if (status?.role === 'leader') this.#note(status.term, node);
      await sleep(askEveryMs);
    }
  }

  #note(term: number, node: NodeProcess): void {
    const known = this.byTerm.get(term);
    if (known === undefined) this.byTerm.set(term, new Set([node.id]));
    else known.add(node.id);
    if (term >= (this.#latest?.term ?? 0)) this.#latest = { term, node };
  }
}
