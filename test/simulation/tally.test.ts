import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Tally } from './tally.ts';
import type { Ending } from './universe.ts';

const universe = (virtualMs: number): Ending & { seed: number } => ({
  seed: 1,
  failure: null,
  steps: 3_000,
  virtualMs,
  ends: { committed: 700, refused: 0, unknown: 0, read: 0 },
  faults: { crash: 2 },
  digest: '',
});

test('one universe in one line, and several', () => {
  const tally = new Tally();
  tally.add(universe(9_040));
  assert.equal(
    tally.line(2_000),
    '1 seed (0.5/s) · 1,500 steps/s · 9.0 s of virtual time · 2 faults · 700 committed · nothing wrong',
  );
  tally.add({ ...universe(0), failure: { check: 'calm', what: '', atMs: 1, step: 1 } });
  assert.match(tally.line(2_000), /^2 seeds .* 1,400 committed · 1 FAILED$/);
});

test.each([
  [600, '0.6 s'],
  [59_900, '59.9 s'],
  [90_000, '1.5 min'],
  [3_600_000, '1.0 h'],
  [45 * 3_600_000, '45.0 h'],
])('%d ms of virtual time are %s', (virtualMs, shown) => {
  const tally = new Tally();
  tally.add(universe(virtualMs));
  assert.ok(tally.line(1_000).includes(` ${shown} of virtual time `), tally.line(1_000));
});
