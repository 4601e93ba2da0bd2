/** Two tabs of a real browser, one replicated order, and nodes that are killed one after the other. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { test } from 'vitest';
import { Cluster, root } from '../cluster/cluster.ts';
import { servedPage } from './served-page.ts';

const machines = path.join(root, 'test/client/machines.ts');
/** Where Debian has it. */
const executablePath = '/usr/bin/chromium';

async function shows(tab: Page, state: string, cents: number): Promise<void> {
  await tab.locator('#state', { hasText: state }).waitFor();
  await tab.locator('#cents', { hasText: new RegExp(`^${cents}$`) }).waitFor();
}

test('two tabs show one order, and go on when the leader is killed, and every other node', async () => {
  const nodes = await Cluster.start({ machines });
  const served = await servedPage();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext();
    const address = new URL(served.url);
    for (const { port } of nodes.nodes) {
      address.searchParams.append('node', `ws://127.0.0.1:${port}`);
    }
    const faults: unknown[] = [];
    const tabs = await Promise.all(
      [1, 2].map(async () => {
        const tab = await context.newPage();
        tab.on('pageerror', (fault) => faults.push(fault));
        await tab.goto(address.href);
        return tab;
      }),
    );
    const [one, other] = tabs;
    assert.ok(one && other);
    let cents = 0;
    const pay = async (tab: Page): Promise<void> => {
      await tab.locator('#pay').click();
      cents += 1;
      await Promise.all(tabs.map((each) => shows(each, 'paid', cents)));
    };

    await Promise.all(tabs.map((tab) => shows(tab, 'open', 0)));
    assert.equal(await one.locator('#ship').isDisabled(), true);
    await pay(one);
    await pay(other);
    assert.equal(await one.locator('#ship').isDisabled(), false);

    const leader = await nodes.leader();
    const killed = [leader, ...nodes.nodes.filter((node) => node !== leader)];
    for (const node of killed) {
      await nodes.signal(node, 'SIGKILL');
      await pay(one);
      await pay(other);
      nodes.run(node);
      await nodes.ready(node);
    }

    await other.locator('#ship').click();
    await Promise.all(tabs.map((tab) => shows(tab, 'shipped', cents)));
    for (const tab of tabs) {
      const seen: unknown = await tab.evaluate('seen');
      const each = [...Array.from({ length: cents + 1 }, (_, nth) => nth), cents];
      assert.deepEqual(seen, each, 'each event once, in order, without a gap');
    }
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
    await served[Symbol.asyncDispose]();
    await nodes[Symbol.asyncDispose]();
  }
}, 120_000);
