import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId, toIndex } from '../../machines/protocol/ids.ts';
import type { Checkpoint } from '../../machines/protocol/messages.ts';
import { createComparison } from '../../runtime/divergence/comparison.ts';

const [alpha, bravo, carol] = ['alpha', 'bravo', 'carol'].map(nodeId) as [
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
];
const at = (index: number, digest: string): Checkpoint => ({ index: toIndex(index), digest });
const open = (keptMax = 100) => createComparison({ self: alpha, keptMax });

test('a place can be compared once we have been there, whoever was there first', () => {
  const comparison = open();
  comparison.theirs(bravo, [at(64, 'x'), at(128, 'y')]);
  assert.equal(comparison.at(toIndex(64)), null);
  comparison.ours(at(64, 'x'));
  comparison.theirs(carol, [at(64, 'z')]);
  assert.deepEqual(
    [...(comparison.at(toIndex(64)) ?? [])],
    [
      [alpha, 'x'],
      [bravo, 'x'],
      [carol, 'z'],
    ],
  );
  assert.equal(comparison.at(toIndex(128)), null);
});

test('what was said last of a place counts', () => {
  const comparison = open();
  comparison.ours(at(64, 'x'));
  comparison.theirs(bravo, [at(64, 'x')]);
  comparison.theirs(bravo, [at(64, 'y')]);
  assert.equal(comparison.at(toIndex(64))?.get(bravo), 'y');
});

test('the last place of agreement before another is found, also among those said out of order', () => {
  const comparison = open();
  for (const [index, digest] of [
    [64, 'a'],
    [128, 'b'],
    [192, 'c'],
    [256, 'd'],
  ] as const)
    comparison.ours(at(index, digest));
  comparison.theirs(bravo, [at(256, 'd'), at(192, 'other'), at(64, 'a'), at(128, 'b')]);
  assert.equal(comparison.agreedBefore(bravo, toIndex(256)), 128);
  assert.equal(comparison.agreedBefore(bravo, toIndex(192)), 128);
  assert.equal(comparison.agreedBefore(bravo, toIndex(128)), 64);
  assert.equal(comparison.agreedBefore(bravo, toIndex(64)), 0);
  assert.equal(comparison.agreedBefore(carol, toIndex(256)), 0);
});

test('of each node only so much is kept, and the oldest is forgotten first', () => {
  const comparison = open(2);
  for (const index of [64, 128, 192]) {
    comparison.ours(at(index, 'x'));
    comparison.theirs(bravo, [at(index, 'x')]);
  }
  assert.equal(comparison.at(toIndex(64)), null);
  assert.equal(comparison.at(toIndex(128))?.size, 2);
  comparison.theirs(bravo, [at(256, 'x'), at(320, 'x')]);
  assert.equal(comparison.at(toIndex(128))?.size, 1);
  assert.equal(comparison.at(toIndex(192))?.size, 1);
});

test('how far another node has come is what it last said', () => {
  const comparison = open();
  assert.equal(comparison.reachedBy(bravo), 0);
  comparison.theirs(bravo, [at(64, 'x'), at(128, 'y')]);
  assert.equal(comparison.reachedBy(bravo), 128);
});
