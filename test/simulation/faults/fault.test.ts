import assert from 'node:assert/strict';
import { test } from 'vitest';
import { drawPlan } from '../plan.ts';

const plans = Array.from({ length: 200 }, (_, seed) => drawPlan(seed));
const rotIn = ({ faults }: (typeof plans)[number]) =>
  faults.filter(({ kind }) => kind === 'rotten bit');

// Catches: a plan that takes away for good what the cluster cannot do without.
test('no more than a minority ever rots, any minority, and often enough to matter', () => {
  const places = new Map<number, Set<number>>();
  let strikes = 0;
  for (const plan of plans) {
    const count = plan.nodes.length;
    const rotten = new Set(rotIn(plan).map(({ node }) => node));
    assert.ok(rotten.size * 2 < count, `seed ${plan.seed}: ${rotten.size} of ${count}`);
    assert.ok([...rotten].every((place) => place < count));
    places.set(count, new Set([...(places.get(count) ?? []), ...rotten]));
    strikes += rotIn(plan).length;
  }
  assert.ok(strikes >= 40, `${strikes} strikes in ${plans.length} seeds`);
  assert.deepEqual(places.get(3), new Set([0, 1, 2]));
  assert.deepEqual(places.get(5), new Set([0, 1, 2, 3, 4]));
});
