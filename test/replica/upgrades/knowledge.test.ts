import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Known } from '../../../machines/protocol/chore.ts';
import { indexZero, nodeId, toIndex } from '../../../machines/protocol/ids.ts';
import { createKnowledge } from '../../../machines/replica/knowledge.ts';

const [a, b, c] = [nodeId('a'), nodeId('b'), nodeId('c')];
const voters = [a, b, c];
const order = (...chain: string[]): Known => [{ machine: 'order', chain }];

function told(...said: readonly (readonly [typeof a, Known])[]) {
  const knowledge = createKnowledge();
  said.forEach(([node, known], nth) => {
    const after = knowledge.of(node)?.index ?? indexZero;
    assert.ok(knowledge.tell(node, { known, index: toIndex(nth + 1) }, after));
  });
  return knowledge;
}

test('a successor is one that every voter has told', () => {
  const two = [
    [a, order('1', '2')],
    [b, order('1', '2')],
  ] as const;
  assert.equal(told(...two).successorOf('order', '1', voters), null);
  assert.equal(told(...two, [c, order('1', '2', '3')]).successorOf('order', '1', voters), '2');
  assert.equal(told(...two, [c, order('1', '3')]).successorOf('order', '1', voters), null);
  assert.equal(told(...two, [c, order('1')]).successorOf('order', '1', voters), null);
  assert.equal(told(...two, [c, []]).successorOf('order', '1', voters), null);
});

test('the successor of the last is nothing, nor is that of one that nobody has', () => {
  const knowledge = told([a, order('1', '2')], [b, order('1', '2')], [c, order('1', '2')]);
  assert.equal(knowledge.successorOf('order', '2', voters), null);
  assert.equal(knowledge.successorOf('order', '0', voters), null);
  assert.equal(knowledge.successorOf('parcel', '1', voters), null);
  assert.equal(knowledge.successorOf('constructor', '1', voters), null);
  assert.equal(knowledge.successorOf('order', '1', []), null);
});

test('only voters count', () => {
  const knowledge = told([a, order('1', '2')], [b, order('1', '2')]);
  assert.equal(knowledge.successorOf('order', '1', [a, b]), '2');
  assert.equal(knowledge.successorOf('order', '1', [a, c]), null);
});

test('a node that has other machines now takes back what it has said', () => {
  const both = [
    [a, order('1', '2')],
    [b, order('1', '2')],
  ] as const;
  assert.equal(
    told(...both, [a, []], [c, order('1', '2')]).successorOf('order', '1', voters),
    null,
  );
  assert.ok(!told(...both, [a, []]).has(a, 'order', '2'));
  assert.ok(told(...both).has(a, 'order', '2'));
});

test('what was said before something that the log has by now is not heard', () => {
  const knowledge = told([a, order('1', '2')], [a, []]);
  const late = { known: order('1', '2'), index: toIndex(3) };
  assert.ok(!knowledge.tell(a, late, indexZero));
  assert.ok(!knowledge.tell(a, late, toIndex(1)));
  assert.deepEqual(knowledge.of(a), { known: [], index: 2 });
  assert.ok(knowledge.tell(a, late, toIndex(2)));
  assert.deepEqual(knowledge.of(a), late);
});
