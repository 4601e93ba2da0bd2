import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { bitsFor, createConfigurations, flip } from './configurations.ts';

test('the configurations are a set of bits and states, however many there are', () => {
  const bits = fc.uniqueArray(fc.nat(69), { maxLength: 3 });
  const configurations = fc.array(fc.tuple(bits, fc.nat(2)), { minLength: 400, maxLength: 600 });
  fc.assert(
    fc.property(configurations, (script) => {
      const set = createConfigurations(70);
      const plain = new Set<string>();
      for (const [places, state] of script) {
        const placed = bitsFor(70);
        for (const at of places) flip(placed, at);
        const name = `${places.toSorted((a, b) => a - b).join()}:${state}`;
        assert.equal(set.add(placed, state), !plain.has(name), name);
        plain.add(name);
      }
    }),
    { seed: 20261122, numRuns: 40 },
  );
});

test('a configuration that differs in one bit alone is another one', () => {
  const set = createConfigurations(1_000);
  const placed = bitsFor(1_000);
  for (let at = 0; at < 1_000; at += 1) {
    flip(placed, at);
    assert.ok(set.add(placed, 0));
    flip(placed, at);
  }
  assert.ok(set.add(placed, 0));
  assert.ok(!set.add(placed, 0));
});
