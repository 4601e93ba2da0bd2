import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { nodeId, toIndex, type NodeId } from '../../machines/protocol/ids.ts';
import { chooseHeir } from '../../machines/rules/handover.ts';

const [bravo, carol, delta] = ['bravo', 'carol', 'delta'].map(nodeId) as [NodeId, NodeId, NodeId];
const others = [bravo, carol, delta];

test('whoever is wished for is the heir, if it has a vote (dissertation §3.10)', () => {
  const heard = new Set([bravo]);
  assert.equal(chooseHeir(carol, others, heard, {}), carol);
  assert.equal(chooseHeir(nodeId('zeno'), others, heard, {}), null);
});

test('otherwise it is one that was heard of lately, else one that ever was, and none of those holds more', () => {
  const matches = fc.record({ bravo: fc.nat(9), carol: fc.nat(9), delta: fc.nat(9) });
  fc.assert(
    fc.property(fc.subarray(others), matches, (heardOf, reach) => {
      const matched = Object.fromEntries(
        Object.entries(reach).map(([name, index]) => [name, toIndex(index)]),
      );
      const heir = chooseHeir(null, others, new Set(heardOf), matched);
      const known = others.filter((other) => (matched[other] ?? 0) > 0);
      const able = heardOf.length > 0 ? heardOf : known;
      if (able.length === 0) return assert.equal(heir, null);
      assert.ok(heir !== null && able.includes(heir));
      for (const other of able) assert.ok((matched[other] ?? 0) <= (matched[heir] ?? 0));
    }),
  );
});

test('one that answered but has confirmed nothing yet may be the heir', () => {
  assert.equal(chooseHeir(null, others, new Set([delta]), {}), delta);
});
