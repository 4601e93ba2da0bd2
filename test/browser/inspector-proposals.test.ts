/** The inspector in a real browser: a thousand proposals in flight, and each followed to its end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { WebSocket } from 'ws';
import { Cluster, root } from '../cluster/cluster.ts';
import { assertAccessible } from './accessible.ts';
import { inspected } from './inspected.ts';

const machines = path.join(root, 'test/client/machines.ts');
const thousand = 1_000;

/** From a key until what it did was drawn, in ms, as the page itself has it. */
const pressed = `new Promise((drawn) => {
  const list = document.querySelector('.proposals-body .virtual-list');
  const beganMs = performance.now();
  list.scrollTop = Math.random() * list.scrollHeight;
  requestAnimationFrame(() => requestAnimationFrame(() => drawn(performance.now() - beganMs)));
})`;

/** Asks for much at once, and has all the patience that a node allows. */
class Asker {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async at(port: number): Promise<Asker> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/client`);
    await once(socket, 'open');
    return new Asker(socket);
  }

  /** In one frame. Resolves with how each of them ended. */
  propose(count: number): Promise<readonly string[]> {
    const ends: string[] = [];
    const ended = new Promise<readonly string[]>((resolve) => {
      const hear = (data: Buffer): void => {
        const said = JSON.parse(data.toString()) as { type: string } | { type: string }[];
        ends.push(...[said].flat().map(({ type }) => type));
        if (ends.length < count) return;
        this.#socket.off('message', hear);
        resolve(ends);
      };
      this.#socket.on('message', hear);
    });
    const proposals = Array.from({ length: count }, (_, nth) => ({
      type: 'propose',
      id: nth,
      machine: 'order',
      key: `o${nth}`,
      event: { type: 'PAY', cents: 1 },
      timeoutMs: 60_000,
      reply: 'none',
    }));
    this.#socket.send(JSON.stringify(proposals));
    return ended;
  }

  close(): void {
    this.#socket.terminate();
  }
}

const rows = (page: Page) => page.locator('.proposal-row');

test('a thousand in flight are shown by a page that still answers, and one is followed to committed', async () => {
  await using cluster = await Cluster.start({ machines });
  await using browser = await inspected();
  const leader = await cluster.leader();
  const others = cluster.nodes.filter((node) => node !== leader);
  const page = await browser.open(
    `http://127.0.0.1:${leader.port}/inspect/#/proposals/${leader.id}`,
  );
  await page.getByText('Nothing is in flight.').waitFor();

  const signal = (name: 'SIGSTOP' | 'SIGCONT') =>
    Promise.all(others.map((node) => cluster.signal(node, name)));
  const asker = await Asker.at(leader.port);
  await asker.propose(1);
  // With nobody to acknowledge them, those in its log stay there, whatever becomes of their leader.
  const ends = asker.propose(thousand);
  await signal('SIGSTOP');
  await page.locator('.tile', { hasText: /^In flight1,000$/ }).waitFor();
  await page.getByTestId('sample').waitFor();
  await assertAccessible(page);

  // Why it answers: it makes what is on the screen, and no more.
  assert.ok((await rows(page).count()) < 60);
  const tookMs: number[] = [];
  for (let nth = 0; nth < 9; nth += 1) tookMs.push(Number(await page.evaluate(pressed)));
  // The quickest, since others may want this computer too. It would be slow as well if the page were.
  assert.ok(Math.min(...tookMs) < 100, tookMs.join());

  await page.evaluate(`document.querySelector('.proposals-body .virtual-list').scrollTop = 0`);
  await rows(page).filter({ hasText: 'underWay' }).first().click();
  await page.locator('[data-testid=state]', { hasText: 'underWay' }).waitFor();
  const hash = new URL(page.url()).hash;
  await page.reload();
  assert.equal(
    new URL(page.url()).hash,
    hash,
    'in the middle of it all it comes back to its place',
  );
  await page.locator('.state.active[data-state="proposal.underWay"]').waitFor();
  await signal('SIGCONT');
  await page.locator('.state.active[data-state="proposal.committed"]').waitFor();
  assert.deepEqual(new Set(await ends), new Set(['committed']));

  // Another may lead by now.
  await page.getByRole('link', { name: 'Proposals' }).click();
  await page.getByRole('combobox', { name: 'of' }).selectOption(leader.id);
  await page.getByText('Nothing is in flight.').waitFor();
  // It counts from when somebody began to look.
  await asker.propose(10);
  await page.getByRole('img', { name: /^Time to commit: .*: [1-9]/ }).waitFor();
  asker.close();
  browser.assertHarmless();
}, 60_000);
