import assert from 'node:assert/strict';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import { loneNode } from './lone-node.ts';
import { Viewer } from './viewer.ts';

test('nobody acts on a node that was not started for it', async () => {
  const { viewer } = await loneNode();
  for (const question of [
    { type: 'propose', machine: 'order', key: 'a', event: { type: 'CANCEL' } },
    { type: 'transfer', to: null },
  ]) {
    const answer = await viewer.askAnything(question);
    assert.equal(answer.type, 'refused');
    assert.equal(answer.code, 'unauthorized');
    expect(answer.message).toMatch(/--inspect-act/);
  }
  const { instances } = await viewer.ask({ type: 'instances', machine: 'order' });
  assert.deepEqual(instances, []);
});

test('on one that was, an event is proposed and its end told', async () => {
  const { viewer } = await loneNode({ act: true });
  assert.equal((await viewer.some('welcome')).mayAct, true);
  const event = { type: 'ADD', item: 'book', price: 10 };
  const answer = await viewer.ask({ type: 'propose', machine: 'order', key: 'a', event });
  assert.equal(answer.end, 'committed');
  assert.equal(answer.accepted, true);
  const seen = await viewer.ask({
    type: 'instance-at',
    machine: 'order',
    key: 'a',
    index: answer.index ?? 0,
  });
  assert.deepEqual(seen.event, event);

  const unfit = await viewer.askAnything({
    type: 'propose',
    machine: 'order',
    key: 'a',
    event: { type: 'xstate.stop' },
  });
  assert.equal(unfit.type === 'refused' && unfit.code, 'invalid-event');
  const alone = await viewer.askAnything({ type: 'transfer', to: 'n2' });
  assert.equal(alone.type === 'refused' && alone.code, 'bad-request');
});

test('with --inspect-act, a viewer of one node acts on any; what the module redacts stays hidden', async () => {
  const machines = join(import.meta.dirname, 'machines.ts');
  await using cluster = await Cluster.start({ machines, flags: ['--inspect-act'] });
  const leader = await cluster.leader();
  const [heir, other] = cluster.nodes.filter((node) => node !== leader);
  assert.ok(heir && other);
  const viewer = await Viewer.at(other.port);
  await viewer.sees((nodes) => [...nodes.values()].every((each) => each.unreachable === null));

  const where = { machine: 'order', key: 'a', node: heir.id } as const;
  const event = { type: 'NOTE', card: '4000-1234' };
  const { end, index } = await viewer.ask({ type: 'propose', ...where, event });
  assert.equal(end, 'committed');
  const seen = await viewer.ask({ type: 'instance-at', ...where, index: index ?? 0 });
  assert.deepEqual(seen.stand?.context, { items: [], card: '•••' });
  assert.ok(!JSON.stringify(viewer.heard).includes('4000-1234'));

  const wrong = await viewer.askAnything({ type: 'transfer', to: other.id, node: heir.id });
  assert.equal(wrong.type === 'refused' && wrong.code, 'no-leader');
  await viewer.ask({ type: 'transfer', to: heir.id, node: leader.id });
  await viewer.sees((nodes) => nodes.get(heir.id)?.status?.role === 'leader');
});
