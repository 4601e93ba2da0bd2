/**
 * Draws the pictures of the README anew: `npm run screenshots`. A real cluster under a little load,
 * looked at through its own inspector.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { connect } from '../../runtime/client/node.ts';
import { Cluster, root } from '../cluster/cluster.ts';
import { shopOrder } from './shop.ts';

const folder = path.join(root, 'runtime/inspector/screenshots');
const machines = path.join(root, 'test/browser/shop.ts');
const size = { width: 1280, height: 720 };

mkdirSync(folder, { recursive: true });
await using cluster = await Cluster.start({ machines, flags: ['--inspect-act'] });
const leader = await cluster.leader();
const client = connect(`ws://127.0.0.1:${leader.port}`);

const first = client.actor(shopOrder, '42');
await first.propose({ type: 'ADD', name: 'tea', cents: 350 });
await first.propose({ type: 'ADD', name: 'cup', cents: 900 });
await first.propose({ type: 'PAY', cents: 250 });
await first.propose({ type: 'PAY', cents: 1_000 });

const enough = new AbortController();
const load = Promise.all(
  Array.from({ length: 24 }, async (_, nth) => {
    const order = client.actor(shopOrder, String(100 + nth));
    while (!enough.signal.aborted) await order.propose({ type: 'ADD', name: 'tea', cents: 350 });
  }),
);

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: size });
await page.goto(`http://127.0.0.1:${leader.port}/inspect/`);

const look = async (hash: string, ready: (page: Page) => Promise<unknown>): Promise<void> => {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await ready(page);
  // What moves into its place has arrived.
  await sleep(600);
};
const save = async (name: string): Promise<void> => {
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  console.log(`${name}.png`);
};

await look('#/proposals', (on) => on.locator('.histogram').waitFor());
await sleep(4_000);
await save('proposals');
enough.abort();
await load;

await look(`#/instances/order/42`, (on) => on.locator('.state.active').first().waitFor());
await page.getByRole('link', { name: /Step back/ }).click();
await page.getByRole('button', { name: /Back/ }).click();
await page.locator('.tree-row.changed').first().waitFor();
await sleep(600);
await save('instance');

await look(`#/charts/${leader.id}`, (on) => on.locator('.state.active').first().waitFor());
await save('node');

await page.emulateMedia({ colorScheme: 'dark' });
await look('#/cluster', (on) => on.locator('.node-card.leader').waitFor());
const [follower] = cluster.nodes.filter((node) => node !== leader);
assert.ok(follower);
await cluster.signal(leader, 'SIGSTOP');
await cluster.leader(leader).catch(() => null);
await cluster.signal(leader, 'SIGCONT');
await page.locator('.happening').nth(1).waitFor();
await sleep(1_500);
await save('cluster');

await client.close();
await browser.close();
