/**
 * A cluster of real processes, as an operator would run it: `quorate node` from dist, real
 * sockets, real folders. Nothing here knows the code behind them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Proxy, type Wire } from './proxy.ts';
import type { NodeStatus } from '../../runtime/service.ts';

export const root = path.resolve(import.meta.dirname, '../..');
export const bin = path.join(root, 'dist/runtime/cli/quorate.js');
const machinesFile = path.join(import.meta.dirname, 'machines.ts');

export type NodeProcess = {
  readonly id: string;
  readonly port: number;
  readonly data: string;
  /** Null while it is down. */
  process: ChildProcess | null;
  /** Everything it ever wrote to standard error. */
  log: string;
  /** How each of its processes ended so far. */
  readonly ends: NodeEnd[];
};

export type NodeEnd = Readonly<{ status: number | null; signal: NodeJS.Signals | null }>;

export type ClusterOptions = Readonly<{
  nodes?: number;
  hold?: boolean;
  machines?: string;
  /** Between every two nodes, one proxy each way. */
  proxied?: boolean;
  /** Clients that reach each node through a proxy of their own. */
  clients?: number;
  /** Where the nodes' folders are made. Whoever names it removes it. */
  folder?: string;
  /** A program that runs the node, with its arguments. */
  runWith?: (node: NodeProcess) => readonly string[];
  /** More for the command line of each node. */
  flags?: readonly string[];
  /** Each node under strace, its writes, flushes and sends in a file. */
  traced?: boolean;
}>;

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** Asks again and again until it is so. Fails, saying what it waited for, after `withinMs`. */
export async function eventually<Value>(
  what: string,
  ask: () => Promise<Value | null | false | undefined>,
  withinMs = 20_000,
): Promise<Value> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer !== null && answer !== false && answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(20);
  }
}

const getJson = async (port: number, route: string): Promise<unknown> =>
  (await fetch(`http://127.0.0.1:${port}${route}`, { signal: AbortSignal.timeout(2_000) })).json();

export class Cluster implements AsyncDisposable {
  readonly nodes: readonly NodeProcess[];
  readonly #options: ClusterOptions;
  readonly #folder: string;
  /** By who dials whom. */
  readonly #proxies = new Map<string, Proxy>();

  private constructor(nodes: readonly NodeProcess[], folder: string, options: ClusterOptions) {
    this.nodes = nodes;
    this.#folder = folder;
    this.#options = options;
  }

  /** Starts all nodes and waits until the cluster is Running and every node is ready. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'quorate-test-')));
    const ports = await freePorts(options.nodes ?? 3);
    const nodes = ports.map((port, nth): NodeProcess => {
      const id = `n${nth + 1}`;
      return { id, port, data: path.join(folder, id), process: null, log: '', ends: [] };
    });
    const cluster = new Cluster(nodes, folder, options);
    try {
      if (options.proxied === true) await cluster.#interpose();
      for (let nth = 0; nth < (options.clients ?? 0); nth += 1)
        await cluster.#attach(`c${nth + 1}`);
      for (const node of nodes) cluster.run(node);
      await cluster.allReady();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** With other machines than the cluster began with, if they are named. */
  run(node: NodeProcess, machines = this.#options.machines ?? machinesFile): void {
    const { hold = false } = this.#options;
    const peers = this.nodes.flatMap((peer) => {
      const port = this.#proxies.get(`${node.id} → ${peer.id}`)?.port ?? peer.port;
      return peer === node ? [] : ['--peer', `${peer.id}=ws://127.0.0.1:${port}`];
    });
    const around =
      this.#options.traced === true ? this.#strace(node) : (this.#options.runWith?.(node) ?? []);
    const child = spawn(
      around[0] ?? process.execPath,
      [
        ...[...around, process.execPath].slice(1),
        bin,
        'node',
        '--id',
        node.id,
        '--listen',
        `127.0.0.1:${node.port}`,
        ...peers,
        '--data',
        node.data,
        '--machines',
        machines,
        '--cluster',
        'test',
        '--log-level',
        'info',
        ...(hold ? ['--hold'] : []),
        ...(this.#options.flags ?? []),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => (node.log += text));
    child.once('exit', (status, signal) => {
      if (node.process === child) node.process = null;
      node.ends.push({ status, signal });
    });
    node.process = child;
  }

  /** What becomes of everything between this node and the others, both ways. */
  wire(node: NodeProcess, wire: Wire): void {
    for (const [way, proxy] of this.#proxies) {
      if (way.split(' → ').includes(node.id)) proxy.wire = wire;
    }
  }

  /** All wires, each by the name of who dials and the name of who is dialled. */
  get wires(): readonly Readonly<{ from: string; to: string; proxy: Proxy }>[] {
    return [...this.#proxies].map(([way, proxy]) => {
      const [from = '', to = ''] = way.split(' → ');
      return { from, to, proxy };
    });
  }

  async #attach(client: string): Promise<void> {
    for (const node of this.nodes) {
      this.#proxies.set(`${client} → ${node.id}`, await Proxy.to(node.port));
    }
  }

  async #interpose(): Promise<void> {
    for (const from of this.nodes) {
      for (const to of this.nodes) {
        if (from === to) continue;
        this.#proxies.set(`${from.id} → ${to.id}`, await Proxy.to(to.port));
      }
    }
  }

  traceOf(node: NodeProcess): string {
    return path.join(this.#folder, `${node.id}.strace`);
  }

  /** `-D` keeps the node our own child, so that signals reach it and not its tracer. */
  #strace(node: NodeProcess): readonly string[] {
    const calls = 'trace=pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg';
    return [
      'strace',
      '-D',
      '-f',
      '-ttt',
      '-T',
      '-y',
      '-xx',
      '-qq',
      '-s65536',
      `-e${calls}`,
      `-o${this.traceOf(node)}`,
    ];
  }

  /** Sends a signal; for one that ends the process, resolves when it has ended, with its status. */
  async signal(node: NodeProcess, signal: NodeJS.Signals): Promise<number | null> {
    const child = node.process;
    if (child === null) throw new Error(`${node.id} is not running`);
    const ends = signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT';
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ends ? ended : null;
  }

  async status(node: NodeProcess): Promise<NodeStatus> {
    return (await getJson(node.port, '/v1/status')) as NodeStatus;
  }

  async leader(besides?: NodeProcess): Promise<NodeProcess> {
    return eventually('a leader', async () => {
      for (const node of this.nodes) {
        if (node === besides || node.process === null) continue;
        const status = await this.status(node).catch(() => null);
        if (status?.role === 'leader') return node;
      }
      return null;
    });
  }

  async ready(node: NodeProcess): Promise<void> {
    await eventually(`${node.id} to be ready; it said:\n${node.log.slice(-2_000)}`, async () => {
      const ready = await this.isReady(node);
      return (
        ready && (this.#options.hold === true || (await this.status(node)).lifecycle === 'Running')
      );
    });
  }

  /** Rejects when nobody answers. */
  async isReady(node: NodeProcess): Promise<boolean> {
    const { ok } = await fetch(`http://127.0.0.1:${node.port}/v1/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    return ok;
  }

  async allReady(): Promise<void> {
    for (const node of this.nodes) await this.ready(node);
  }

  /** Waits until every running node has applied the same, and returns that index. */
  async converged(): Promise<number> {
    return eventually('all nodes to have applied the same', async () => {
      const all = await Promise.all(
        this.nodes.filter((node) => node.process !== null).map((node) => this.status(node)),
      );
      const [first] = all;
      return first !== undefined &&
        all.every((s) => s.appliedIndex === first.appliedIndex && s.commitIndex === s.lastIndex)
        ? first.appliedIndex
        : null;
    });
  }

  /** An instance as one node has it, asking nobody else. */
  async local(node: NodeProcess, machine: string, key: string): Promise<unknown> {
    return getJson(node.port, `/v1/machines/${machine}/${key}?consistency=local`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) {
      const child = node.process;
      if (child === null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    }
    for (const proxy of this.#proxies.values()) proxy.close();
    if (this.#options.folder === undefined) {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}
