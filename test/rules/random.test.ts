import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { drawInteger, type RandomState } from '../../machines/rules/random.ts';

const seeds = fc.nat(0xffff_ffff);

/** So many numbers in a row. */
function draws(seed: number, count: number, low: number, high: number): number[] {
  let random: RandomState = { seed };
  return Array.from({ length: count }, () => {
    const [drawn, next] = drawInteger(random, low, high);
    random = next;
    return drawn;
  });
}

test('a number drawn is whole, within its bounds, and the same from the same state', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: -50, max: 50 }), fc.nat(1_000), (seed, low, span) => {
      const [drawn, next] = drawInteger({ seed }, low, low + span);
      assert.ok(Number.isInteger(drawn) && drawn >= low && drawn <= low + span);
      assert.ok(Number.isInteger(next.seed) && next.seed >= 0 && next.seed <= 0xffff_ffff);
      assert.deepEqual(drawInteger({ seed }, low, low + span), [drawn, next]);
    }),
  );
});

test('every number of a range comes about as often as every other', () => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (const drawn of draws(20_261_122, 100_000, 0, 9)) counts[drawn] = (counts[drawn] ?? 0) + 1;
  for (const count of counts) assert.ok(count > 9_500 && count < 10_500, `drawn ${count} times`);
});

test('the whole range of an unsigned 32-bit seed is drawn from', () => {
  const drawn = draws(1, 10_000, 0, 0xffff_ffff);
  assert.ok(Math.max(...drawn) > 0xfff0_0000 && Math.min(...drawn) < 0x000f_ffff);
  assert.equal(new Set(drawn).size, drawn.length);
});
