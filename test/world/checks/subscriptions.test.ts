import assert from 'node:assert/strict';
import { test } from 'vitest';
import { subscriptions } from './subscriptions.ts';

function withEvents(...indexes: number[]) {
  const check = subscriptions();
  const happens = (...more: number[]): void => more.forEach((index) => check.applied('m/k', index));
  happens(...indexes);
  const follow = (afterIndex: number | null, ...seen: number[]) => {
    const subscriber = check.begin('ann', 'm/k', afterIndex);
    const findings = seen.map((index) => subscriber.shown(index, false));
    return { ...subscriber, findings };
  };
  return { check, happens, follow };
}

test('every event from where one began, in order and to the last, is well', () => {
  const { check, happens, follow } = withEvents(3, 5, 8);
  follow(0, 3, 5, 8);
  follow(3, 5, 8);
  follow(4, 5, 8);
  const { findings, shown } = follow(null, 5, 8);
  assert.deepEqual(findings, [null, null]);
  // Another node applies what the first one has applied.
  happens(3, 5, 8);
  assert.deepEqual([check.silent(), check.over()], [null, null]);
  assert.equal(shown(8, false), 'ann was shown m/k at 8 after 8');
});

test.each([
  [0, [5, 8], 3],
  [3, [8], 5],
  [null, [3, 8], 5],
] as const)('from %j on, %j misses %j', (afterIndex, seen, missed) => {
  const { check, follow } = withEvents(3, 5, 8);
  follow(afterIndex, ...seen);
  assert.match(String(check.over()), new RegExp(`^ann was not shown m/k at ${missed},`));
});

test('a gap that one is told of is none', () => {
  const { check, follow } = withEvents(3, 5, 8);
  follow(0).shown(8, true);
  assert.deepEqual([check.silent(), check.over()], [null, null]);
});

test('whoever is not shown the last event is left in silence, unless he was told to go', () => {
  const { check, happens, follow } = withEvents(3, 5);
  const { over } = follow(0, 3, 5);
  assert.equal(check.silent(), null);
  happens(9);
  assert.equal(check.silent(), 'ann was never shown m/k at 9, nor anything after 5');
  over();
  assert.equal(check.silent(), null);
});

test('what is shown and never happened is found', () => {
  const { check, follow } = withEvents(3);
  follow(0, 3, 4);
  assert.equal(check.over(), 'ann was shown m/k at 4, where nothing happened to it');
});
