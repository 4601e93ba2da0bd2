import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { InstanceAtAnswer } from '../../runtime/inspector/question-protocol.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { connectClient } from '../gateway/surroundings.ts';
import { loneNode, type LoneNode } from './lone-node.ts';

/** So many events for another instance, a thousand at a time. */
async function flood(port: number, count: number): Promise<void> {
  const client = await connectClient(port);
  const propose = {
    type: 'propose',
    machine: 'order',
    key: 'b',
    event: { type: 'PAY' },
    reply: 'none',
  };
  for (let sent = 0; sent < count; sent += 1_000) {
    client.send(Array.from({ length: 1_000 }, (_, nth) => ({ ...propose, id: sent + nth })));
    for (let answered = 0; answered < 1_000;) {
      const frame = JSON.parse(await client.frame()) as unknown;
      answered += Array.isArray(frame) ? frame.length : 1;
    }
  }
}

/** Without what differs between the two ways to know the past. */
const gist = (answer: InstanceAtAnswer) => ({
  exists: answer.exists,
  event: answer.event,
  accepted: answer.accepted,
  microsteps: answer.explanation?.microsteps,
  refusals: answer.explanation?.refusals,
  value: answer.stand?.value,
  active: answer.stand?.active,
  context: answer.stand?.context,
  differences: answer.differences,
  previousIndex: answer.previousIndex,
  nextIndex: answer.nextIndex,
});

const at = ({ viewer }: LoneNode, index: number, key = 'a'): Promise<InstanceAtAnswer> =>
  viewer.ask({ type: 'instance-at', machine: 'order', key, index });

test('an instance is stepped through its past, back and forth', async () => {
  const node = await loneNode();
  const first = await node.send('a', { type: 'ADD', item: 'book', price: 10 });
  const refused = await node.send('a', { type: 'PAY', amount: 1 });
  await node.send('b', { type: 'CANCEL' });
  const last = await node.send('a', { type: 'ADD', item: 'pen', price: 2 });

  const before = await at(node, first - 1);
  assert.deepEqual([before.exists, before.stand, before.nextIndex], [false, null, first]);

  const begun = await at(node, first);
  assert.equal(begun.exists, true);
  assert.deepEqual([begun.previousIndex, begun.nextIndex], [null, refused]);
  assert.equal(begun.explanation?.microsteps[0]?.event, 'ADD');
  assert.deepEqual(begun.differences, []);

  const stayed = await at(node, refused + 1);
  assert.deepEqual([stayed.stand?.index, stayed.accepted], [refused, false]);
  assert.equal(stayed.explanation?.refusals[0]?.guard, 'isEnough');
  assert.deepEqual([stayed.previousIndex, stayed.nextIndex], [first, last]);

  const moved = await at(node, 1_000_000);
  assert.deepEqual(moved.differences, [
    { path: 'context.items[1]', after: { item: 'pen', price: 2 } },
  ]);
  assert.equal(moved.stand?.timers.length, 1);
  assert.equal(moved.nextIndex, null);

  const never = await at(node, last, 'never');
  assert.deepEqual([never.exists, never.nextIndex], [false, null]);
});

test('beyond the history the log is replayed, and comes to the same', async () => {
  const node = await loneNode();
  const first = await node.send('a', { type: 'ADD', item: 'book', price: 10 });
  const refused = await node.send('a', { type: 'PAY', amount: 1 });
  const second = await node.send('a', { type: 'ADD', item: 'pen', price: 2 });
  const known = await Promise.all(
    [first - 1, first, refused, second].map((index) => at(node, index)),
  );

  // More than the history keeps, all of another instance.
  await flood(node.port, limits.historyEventsMax + 64);
  const replayed: InstanceAtAnswer[] = [];
  for (const index of [second, first - 1, refused, first]) replayed.push(await at(node, index));
  const [again2, again0, again1, again] = replayed;
  assert.deepEqual(
    [again0, again, again1, again2].map((answer) => answer && gist(answer)),
    known.map(gist),
  );
  // What it waited for is known there too.
  assert.equal(again?.stand?.timers[0]?.event, 'xstate.after.3600000.order.open');
});
