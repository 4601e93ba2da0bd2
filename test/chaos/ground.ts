/** What a run stands on: a folder, a cluster in it, one small disk, and what the machine allows. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Cluster, type NodeProcess } from '../cluster/cluster.ts';
import { abandon, type Belongings } from './abandon.ts';
import { trySpoiling } from './faults/bad-flush.ts';
import { SmallDisk } from './faults/small-disk.ts';
import { type FaultKind, processFaults, wireFaults } from './schedule.ts';

export type GroundOptions = Readonly<{
  nodes: number;
  clients: number;
  /** The folder stays, however the run ends. */
  keep: boolean;
}>;

export class Ground implements AsyncDisposable {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly smallDisk: SmallDisk | null;
  /** Kinds of faults that this machine does not allow, and why. */
  readonly notAllowed: ReadonlyMap<FaultKind, string>;
  readonly #belongings: Belongings;
  readonly #leaveAtOnce: () => void;
  readonly #written: WriteStream[] = [];

  private constructor(
    belongings: Belongings,
    leaveAtOnce: () => void,
    cluster: Cluster,
    smallDisk: SmallDisk | null,
    notAllowed: ReadonlyMap<FaultKind, string>,
  ) {
    this.folder = belongings.folder;
    this.#belongings = belongings;
    this.#leaveAtOnce = leaveAtOnce;
    this.cluster = cluster;
    this.smallDisk = smallDisk;
    this.notAllowed = notAllowed;
  }

  static async lay({ nodes, clients, keep }: GroundOptions): Promise<Ground> {
    const folder = await mkdtemp(path.join(tmpdir(), 'quorate-chaos-'));
    const started = new Set<NodeProcess>();
    const belongings: Belongings = { folder, nodes: started, keeps: keep };
    const leaveAtOnce = (): void => abandon(belongings);
    process.once('exit', leaveAtOnce);
    const notAllowed = new Map<FaultKind, string>();
    const last = `n${nodes}`;
    const smallDisk = await SmallDisk.mount(path.join(folder, last)).catch((error: unknown) => {
      notAllowed.set('full-disk', reasonOf(error));
      return null;
    });
    await trySpoiling().catch((error: unknown) => {
      for (const kind of ['slow-disk', 'failed-flush'] as const)
        notAllowed.set(kind, reasonOf(error));
    });
    try {
      const cluster = await Cluster.start({
        nodes,
        clients,
        folder,
        proxied: true,
        machines: path.join(import.meta.dirname, 'machines.ts'),
        runWith(node) {
          started.add(node);
          return node.id === last ? (smallDisk?.entrance ?? []) : [];
        },
      });
      return new Ground(belongings, leaveAtOnce, cluster, smallDisk, notAllowed);
    } catch (error) {
      process.off('exit', leaveAtOnce);
      await smallDisk?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** By schedule: of processes and disks, and of wires. */
  get kinds(): readonly (readonly FaultKind[])[] {
    return [processFaults, wireFaults].map((some: readonly FaultKind[]) =>
      some.filter((kind) => !this.notAllowed.has(kind)),
    );
  }

  /** Whether the record and the logs stay where they are. */
  get keeps(): boolean {
    return this.#belongings.keeps;
  }
  set keeps(keeps: boolean) {
    this.#belongings.keeps = keeps;
  }

  write(file: string): WriteStream {
    const stream = createWriteStream(path.join(this.folder, file));
    this.#written.push(stream);
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await this.smallDisk?.[Symbol.asyncDispose]();
    for (const stream of this.#written) {
      await new Promise<void>((ended) => {
        stream.end(() => ended());
      });
    }
    if (!this.keeps) await rm(this.folder, { recursive: true, force: true });
    else {
      for (const { id, log } of this.cluster.nodes) {
        await writeFile(path.join(this.folder, `${id}.log`), log);
      }
    }
    process.off('exit', this.#leaveAtOnce);
  }
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
