/** The inspector in a real browser: a cluster that loses its leader, and the page its own node. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { Cluster, root, type NodeProcess } from '../cluster/cluster.ts';
import { inspected } from './inspected.ts';
import { assertAccessible } from './accessible.ts';

const machines = path.join(root, 'test/client/machines.ts');
const inspector = ({ port }: NodeProcess): string => `http://127.0.0.1:${port}/inspect`;

const card = (page: Page, { id }: NodeProcess, role: string) =>
  page.locator(`[data-node="${id}"][data-role="${role}"]`);
const link = (page: Page, from: NodeProcess, to: NodeProcess, state: string) =>
  page.locator(`[data-link="${from.id} ${to.id}"][data-state="${state}"]`);
const told = (page: Page, sentence: RegExp) =>
  page.locator('.happening', { hasText: sentence }).first();

test('one page sees three nodes, an election, cut links, and outlives its own node', async () => {
  await using cluster = await Cluster.start({ machines });
  await using browser = await inspected();
  const leader = await cluster.leader();
  const [own, other] = cluster.nodes.filter((node) => node !== leader);
  assert.ok(own && other);
  const page = await browser.open(inspector(own));

  await card(page, leader, 'leader').waitFor();
  await card(page, own, 'follower').waitFor();
  await card(page, other, 'follower').waitFor();
  await link(page, other, leader, 'open').waitFor();
  await assertAccessible(page);

  await cluster.signal(leader, 'SIGKILL');
  const next = await cluster.leader(leader);
  await card(page, next, 'leader').waitFor();
  await told(page, new RegExp(`^.*${next.id} became leader of term \\d+$`)).waitFor();
  await card(page, leader, 'away').waitFor();
  await link(page, own, leader, 'cut').waitFor();
  assert.equal(await page.locator('.connection').getAttribute('data-state'), 'live');

  // The chart of the new leader, from the page of a node that may not be it.
  await page.locator(`[data-node="${next.id}"]`).click();
  await page.locator('[data-testid=state]', { hasText: 'role.leader' }).waitFor();
  await page.locator('[data-state="node.role.leader"].active').waitFor();

  cluster.run(leader);
  await cluster.ready(leader);
  await page.getByRole('link', { name: 'Cluster' }).click();
  await card(page, leader, 'follower').waitFor();
  await told(page, new RegExp(`${leader.id} can be reached`)).waitFor();

  await cluster.signal(own, 'SIGKILL');
  await page.locator('.connection[data-state=lost]').waitFor();
  cluster.run(own);
  await page.locator('.connection[data-state=live]').waitFor();
  await card(page, own, 'follower').waitFor();
  browser.assertHarmless();
}, 60_000);

test('a cut link is drawn as one, with the trouble, and told', async () => {
  await using cluster = await Cluster.start({ machines, proxied: true });
  await using browser = await inspected();
  const leader = await cluster.leader();
  const [one, other] = cluster.nodes.filter((node) => node !== leader);
  assert.ok(one && other);
  const page = await browser.open(inspector(leader));
  await link(page, one, other, 'open').waitFor();
  cluster.wire(other, 'cut');
  await link(page, one, other, 'cut').waitFor();
  await link(page, leader, other, 'cut').waitFor();
  await told(page, new RegExp(`${one.id} lost its link to ${other.id}: `)).waitFor();
  cluster.wire(other, 'whole');
  await link(page, one, other, 'open').waitFor();
  await told(page, new RegExp(`${one.id} is connected to ${other.id}`)).waitFor();
  browser.assertHarmless();
}, 60_000);
