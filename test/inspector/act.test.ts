import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { loneNode } from './lone-node.ts';

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
