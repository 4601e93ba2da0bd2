/** The inspector in a real browser: a user's own chart, sent to, and looked at in its past. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { connect } from '../../runtime/client/node.ts';
import { order } from '../client/order.ts';
import { Cluster, root } from '../cluster/cluster.ts';
import { assertAccessible } from './accessible.ts';
import { inspected } from './inspected.ts';

const machines = path.join(root, 'test/client/machines.ts');

const isIn = (page: Page, state: string) =>
  Promise.all([
    page.locator('[data-testid=state]', { hasText: new RegExp(`^${state}$`) }).waitFor(),
    page.locator(`.state.active[data-state="order.${state}"]`).waitFor(),
  ]);
const contextRow = (page: Page, text: RegExp) =>
  page.locator('.tree-row', { hasText: text }).waitFor();

test('an event sent from one tab moves the chart in two, and its past is stepped through', async () => {
  await using cluster = await Cluster.start({ machines, flags: ['--inspect-act'] });
  await using browser = await inspected();
  const [first, second] = cluster.nodes;
  assert.ok(first && second);
  const client = connect(`ws://127.0.0.1:${first.port}`);
  await client.actor(order, 'shared').propose({ type: 'PAY', cents: 100 });
  await client.close();

  const one = await browser.open(`http://127.0.0.1:${first.port}/inspect/#/instances/order`);
  await one.getByRole('link', { name: /^shared/ }).click();
  const other = await browser.open(
    `http://127.0.0.1:${second.port}/inspect/${new URL(one.url()).hash}`,
  );
  await Promise.all([isIn(one, 'paid'), isIn(other, 'paid')]);
  await one.bringToFront();
  await assertAccessible(one);

  const form = one.locator('form.send-event');
  await form.getByRole('button', { name: 'PAY' }).click();
  await form.getByLabel(/fields/).fill('{cents: 20}');
  await form.getByText(/no JSON/).waitFor();
  assert.equal(await form.getByRole('button', { name: 'Send' }).isDisabled(), true);
  await form.getByLabel(/fields/).fill('{"cents": 20}');
  await form.getByRole('button', { name: 'Send' }).click();
  await Promise.all([one, other].map((page) => contextRow(page, /^cents\s*120\s*was 100$/)));
  await form.getByLabel(/fields/).fill('');
  await form.getByRole('button', { name: 'SHIP' }).click();
  await form.getByRole('button', { name: 'Send' }).click();
  await Promise.all([isIn(one, 'shipped'), isIn(other, 'shipped')]);
  await other.locator('.reason', { hasText: 'SHIP: paid → shipped' }).waitFor();

  await other.close();

  // Back to its first entry, with what each changed, and forth again to the present.
  const step = (name: RegExp) => one.getByRole('button', { name }).click();
  await one.getByRole('link', { name: /Step back/ }).click();
  await one.locator('.reason', { hasText: 'SHIP: paid → shipped' }).waitFor();
  await step(/Back/);
  await isIn(one, 'paid');
  await contextRow(one, /^cents\s*120\s*was 100$/);
  const hash = new URL(one.url()).hash;
  assert.match(hash, /\?at=\d+$/);
  await one.reload();
  await contextRow(one, /^cents\s*120\s*was 100$/);
  assert.equal(new URL(one.url()).hash, hash);
  await step(/Back/);
  await contextRow(one, /^cents\s*100$/);
  await one.locator('.arrow.lit').waitFor();
  await step(/Forth/);
  await step(/Forth/);
  await isIn(one, 'shipped');
  await step(/Now/);
  await isIn(one, 'shipped');

  // What the entry was, and who told whom of it.
  await one.getByRole('link', { name: 'Log' }).click();
  await one.locator('.entry-row', { hasText: 'SHIP' }).click();
  await one.locator('.sequence .message').first().waitFor();
  await assertAccessible(one);

  // What the cluster does, and who leads it.
  await one.getByRole('link', { name: 'Cluster' }).click();
  await one.getByRole('button', { name: 'Propose Stopped' }).click();
  await one.locator('.happening', { hasText: 'that the cluster is Stopped' }).first().waitFor();
  await one.getByRole('button', { name: 'Propose Running' }).click();
  await one.locator('.happening', { hasText: 'that the cluster is Running' }).first().waitFor();
  const heir = await one.locator('.node-card.follower').first().getAttribute('data-node');
  await one.getByRole('combobox', { name: /Hand leadership to/ }).selectOption(heir);
  await one.getByRole('button', { name: 'Hand over' }).click();
  await one.locator(`[data-node="${heir}"][data-role="leader"]`).waitFor();
  browser.assertHarmless();
}, 60_000);

test('whoever may not act is told how to allow it', async () => {
  await using cluster = await Cluster.start({ machines, nodes: 1 });
  await using browser = await inspected();
  const page = await browser.open(
    `http://127.0.0.1:${cluster.nodes[0]?.port}/inspect/#/instances/lifecycle/cluster`,
  );
  await page.getByText('--inspect-act').waitFor();
  await page.locator('[data-testid=state]', { hasText: 'Running' }).waitFor();
  assert.equal(await page.locator('form.send-event').count(), 0);
  browser.assertHarmless();
}, 60_000);
