/** A run of the simulator in the inspector's page: walked through, step by step. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { openTraceDoor } from '../../runtime/inspector/trace/trace-door.ts';
import { readTrace } from '../../runtime/inspector/trace/trace.ts';
import { World } from '../world/world.ts';
import { assertAccessible } from './accessible.ts';
import { inspected } from './inspected.ts';

async function traceOfAnElection() {
  const world = new World({ seed: 11, nodes: 3 });
  const lines: string[] = [];
  world.chronicle.reader = (line) => lines.push(line);
  for (const node of world.members) await world.start(node);
  const first = await world.settle(5_000);
  world.crash(first, 'process');
  const crashed = lines.length;
  await world.run(3_000);
  const trace = readTrace(lines.join('\n'));
  assert.ok(trace);
  const [next = ''] = world.members.filter(
    (node) => world.isUp(node) && world.statusOf(node).role === 'leader',
  );
  return { trace, first, next, crashed, steps: lines.length };
}

test('a slider goes to any step; the cluster, charts and lines are as of then', async () => {
  const { trace, first, next, crashed, steps } = await traceOfAnElection();
  const about = { trace, name: 'election.trace', release: '' };
  const door = await openTraceDoor({ host: '127.0.0.1', port: 0 }, about);
  await using browser = await inspected();
  const page = await browser.open(`http://127.0.0.1:${door.port}/inspect/`);
  const at = page.getByTestId('step');
  const slider = page.getByRole('slider', { name: 'Step' });
  const card = (node: string, role: string) =>
    page.locator(`[data-node="${node}"][data-role="${role}"]`);

  // It opens at the end.
  await at.filter({ hasText: `of ${steps.toLocaleString('en-US')}` }).waitFor();
  await card(next, 'leader').waitFor();
  await card(first, 'away').waitFor();
  await assertAccessible(page);

  await slider.fill(String(crashed - 1));
  await card(first, 'leader').waitFor();
  await page.getByRole('button', { name: 'Forth ▶' }).click();
  await card(first, 'away').waitFor();
  await page.keyboard.press(',');
  await card(first, 'leader').waitFor();

  await page.locator(`[data-node="${first}"]`).click();
  await page.locator('[data-state="node.role.leader"].active').waitFor();
  await page.reload();
  await page.locator('[data-state="node.role.leader"].active').waitFor();

  await page.getByRole('link', { name: 'Lines' }).click();
  await page.getByRole('searchbox', { name: 'Lines that contain' }).fill('crashes');
  await page.getByRole('button', { name: /crashes/ }).click();
  await at.filter({ hasText: crashed.toLocaleString('en-US') }).waitFor();
  await page.getByRole('link', { name: 'Instances' }).click();
  await page.getByText('cluster', { exact: true }).first().waitFor();
  browser.assertHarmless();
  await door.close();
}, 60_000);
