import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { clusterTime } from '../../machines/rules/reign.ts';

test('a leader goes on from the time of its last entry at the pace of its own clock', () => {
  const reign = { sinceMs: 1_000.5, fromTimeMs: 77 };
  assert.equal(clusterTime(reign, 1_000.5), 77);
  assert.equal(clusterTime(reign, 1_501.4), 577);
  assert.equal(clusterTime(reign, 999), 77, 'and never back behind it');
});

test('cluster time never goes back, across leaders whose clocks have nothing in common', () => {
  const reigns = fc.array(
    fc.record({
      clockMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      passesMs: fc.array(fc.double({ min: 0, max: 1e4, noNaN: true })),
    }),
  );
  fc.assert(
    fc.property(reigns, (leaders) => {
      let timeMs = 0;
      for (const { clockMs, passesMs } of leaders) {
        const reign = { sinceMs: clockMs, fromTimeMs: timeMs };
        let nowMs = clockMs;
        for (const passed of passesMs) {
          nowMs += passed;
          const stamped = clusterTime(reign, nowMs);
          assert.ok(Number.isInteger(stamped) && stamped >= timeMs);
          timeMs = stamped;
        }
      }
    }),
  );
});
