/**
 * `npm run bench:instances`: one node with very many instances of one machine. What each costs in
 * memory, whether more of them slow proposals down, and how long a node takes to open with them.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assign, setup } from 'xstate';
import { WebSocket } from 'ws';
import { wholeNumber } from '../../runtime/cli/arguments.ts';
import { command } from '../../runtime/cli/command.ts';
import { endReporting, endWithReader } from '../../runtime/cli/exit.ts';
import { print } from '../../runtime/cli/output.ts';
import { progressOn } from '../../runtime/cli/progress.ts';
import { startNode, type RunningNode } from '../../runtime/node.ts';

const order = setup({
  types: { context: {} as { cents: number }, events: {} as { type: 'PAY'; cents: number } },
}).createMachine({
  id: 'order',
  context: { cents: 0 },
  initial: 'open',
  states: {
    open: {
      on: {
        PAY: { actions: assign({ cents: ({ context, event }) => context.cents + event.cents }) },
      },
      after: { 86_400_000: 'closed' },
    },
    closed: {},
  },
});

const perFrame = 500;
const blocks = 10;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

const open = (data: string): Promise<RunningNode> =>
  startNode({
    id: 'n1',
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    data,
    cluster: 'bench',
    hold: false,
    machines: { order },
    logger: silent,
  });

async function untilIt<Value>(holds: () => Value | false): Promise<Value> {
  for (;;) {
    const value = holds();
    if (value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** One event to each of these instances; resolves when all are committed. */
async function pay(socket: WebSocket, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += perFrame) {
    const keys = Array.from({ length: Math.min(perFrame, to - at) }, (_, nth) => at + nth);
    const event = { type: 'PAY', cents: 5 };
    const frame = keys.map((key) => ({
      type: 'propose',
      id: String(key),
      machine: 'order',
      key: String(key),
      event,
      reply: 'none',
      timeoutMs: 60_000,
    }));
    socket.send(JSON.stringify(frame));
    for (let answered = 0; answered < keys.length;) {
      const [data] = (await once(socket, 'message')) as [Buffer];
      const said = JSON.parse(data.toString()) as unknown;
      for (const answer of [said].flat() as { type: string; message?: string }[]) {
        if (answer.type !== 'committed') throw new Error(`${answer.type}: ${answer.message ?? ''}`);
        answered += 1;
      }
    }
  }
}

const heapBytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

async function bench(instances: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-bench-'));
  const progress = progressOn(process.stderr);
  try {
    const node = await open(folder);
    await untilIt(() => node.status().lifecycle === 'Running');
    const socket = new WebSocket(`ws://${node.address}/v1/client`);
    await once(socket, 'open');
    const before = heapBytes();
    const perSecond: number[] = [];
    for (let block = 0; block < blocks; block += 1) {
      const [from, to] = [block, block + 1].map((nth) => Math.round((nth / blocks) * instances));
      const begun = performance.now();
      await pay(socket, from ?? 0, to ?? 0);
      perSecond.push(((to ?? 0) - (from ?? 0)) / ((performance.now() - begun) / 1_000));
      progress.say(`${to} of ${instances} instances`);
    }
    const each = (heapBytes() - before) / instances;
    const begunAgain = performance.now();
    await pay(socket, 0, Math.min(instances, 20_000));
    const later = Math.min(instances, 20_000) / ((performance.now() - begunAgain) / 1_000);
    socket.close();
    const { appliedIndex } = node.status();
    await node.shutdown();

    progress.say('opening again');
    const reopening = performance.now();
    const again = await open(folder);
    await untilIt(() => again.status().appliedIndex >= appliedIndex);
    const openedMs = performance.now() - reopening;
    await again.shutdown();
    progress.done();

    const rate = (value: number | undefined): string => `${Math.round(value ?? 0)} committed/s`;
    print(`${instances} instances, each with a delay, on one node, flushes on`);
    print(`first ${100 / blocks} % begun:  ${rate(perSecond[0])}`);
    print(`last ${100 / blocks} % begun:   ${rate(perSecond.at(-1))}`);
    print(`a later event:     ${rate(later)}`);
    print(`memory:            ${Math.round(each)} bytes each, their entries of the log included`);
    print(
      `opened again in:   ${(openedMs / 1_000).toFixed(1)} s, ${appliedIndex} entries replayed`,
    );
  } finally {
    progress.done();
    rmSync(folder, { recursive: true });
  }
}

endWithReader();
await command('instances', 'what very many instances cost one node')
  .name('npm run bench:instances --')
  .option('--instances <n>', 'how many', wholeNumber(1_000, 10_000_000), 100_000)
  .action(({ instances }: { instances: number }) => bench(instances))
  .parseAsync()
  .catch(endReporting);
