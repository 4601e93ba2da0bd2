import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Redact } from '../../runtime/inspector/showing.ts';
import { loneNode, type LoneNode } from './lone-node.ts';
import { redact } from './machines.ts';

const card = '4000-1234';

/** Everything that a viewer can be told of an instance. */
async function lookEverywhere({ viewer, send }: LoneNode): Promise<void> {
  viewer.say({ type: 'watch-proposals', node: 'n1' });
  for (const actor of ['n1', 'n1/duty', 'n1/proposals', 'n1/instance/order/a']) {
    viewer.say({ type: 'watch', actor });
  }
  await viewer.next('gone');
  const noted = viewer.next(
    'step',
    ({ actor, event }) => actor.endsWith('/a') && event.type === 'NOTE',
  );
  const index = await send('a', { type: 'NOTE', card });
  await noted;
  await viewer.ask({ type: 'log' });
  await viewer.ask({ type: 'instance-at', machine: 'order', key: 'a', index });
  await viewer.next('proposals');
}

test('without a word against it, everything is shown', async () => {
  const node = await loneNode();
  await lookEverywhere(node);
  assert.ok(JSON.stringify(node.viewer.heard).includes(card));
});

test('what must not be seen is not in anything that leaves', async () => {
  const node = await loneNode({ redact });
  await lookEverywhere(node);
  const said = JSON.stringify(node.viewer.heard);
  assert.ok(!said.includes(card));
  assert.ok(said.includes('•••'));
});

test('who redacts and throws hides the value; what it changes is a copy', async () => {
  const places: unknown[] = [];
  const vandal: Redact = (value, where) => {
    if (where.machine === null) return value;
    places.push(where);
    if (where.kind === 'context') (value as { card: string }).card = 'stolen';
    throw new Error('no');
  };
  const node = await loneNode({ redact: vandal });
  await lookEverywhere(node);
  assert.ok(!JSON.stringify(node.viewer.heard).includes(card));
  assert.ok(JSON.stringify(node.viewer.heard).includes('[hidden: redact threw]'));
  assert.ok(places.length > 0);
  const response = await fetch(`http://127.0.0.1:${node.port}/v1/machines/order/a`);
  const { snapshot } = (await response.json()) as { snapshot: { context: { card: string } } };
  assert.equal(snapshot.context.card, card);
});
