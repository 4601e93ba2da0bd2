/** Whoever was away while a machine went over to its next definition learns where things stand. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../../machines/protocol/ids.ts';
import { Fellows } from './fellows.ts';
import { v2, v3 } from './orders.ts';

const pay = { type: 'PAY', cents: 200 };

test('an instance that has changed stands as of the upgrade, and what came before cannot be told', () => {
  const fellows = new Fellows(v3);
  fellows.send('42', pay);
  fellows.tell(0);
  const [replica] = fellows.all;
  assert.ok(replica !== undefined);
  assert.equal(fellows.read('42').index, 3);
  const since = (index: number) => replica.since('order', '42', toIndex(index));
  assert.deepEqual(since(1), { type: 'too-old' }, 'the upgrade comes after the last event');
  assert.deepEqual(since(2), { type: 'too-old' });
  assert.deepEqual(since(3), { type: 'events', events: [] });

  fellows.send('42', { type: 'SHIP' });
  assert.deepEqual(since(1), { type: 'too-old' }, 'and here it comes between two');
  assert.deepEqual(since(2), { type: 'too-old' });
  const behind = since(3);
  assert.ok(behind !== 'unknown-machine' && behind.type === 'events');
  assert.deepEqual(
    behind.events.map(({ index, previousIndex }) => [index, previousIndex]),
    [[4, 3]],
  );
});

test('one that looks as before has missed nothing', () => {
  const fellows = new Fellows(v2);
  fellows.send('42', pay);
  fellows.tell(0);
  fellows.send('42', { type: 'RETURN' });
  const [replica] = fellows.all;
  assert.ok(replica !== undefined);
  const missed = replica.since('order', '42', toIndex(1));
  assert.ok(missed !== 'unknown-machine' && missed.type === 'events');
  assert.deepEqual(
    missed.events.map(({ index }) => index),
    [2, 4],
  );
});
