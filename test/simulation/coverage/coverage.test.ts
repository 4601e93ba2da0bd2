import assert from 'node:assert/strict';
import { test } from 'vitest';
import { drawPlan } from '../plan.ts';
import { runPlan } from '../universe.ts';
import { Coverage } from './coverage.ts';
import { explained } from './explained.ts';
import { allParts, charts } from './parts.ts';
import { coverageReport } from './report.ts';

test('every part of the charts has a name of its own, and only such parts are explained', () => {
  const parts = allParts();
  assert.equal(new Set(parts).size, parts.length);
  assert.deepEqual(
    [...explained.keys()].filter((name) => !parts.includes(name)),
    [],
  );
});

test('what a simulation visits is counted, and the rest is named', async () => {
  const coverage = new Coverage();
  coverage.listenToGuards();
  for (const seed of [2, 7]) {
    await runPlan(drawPlan(seed), { made: (world) => coverage.watch(world) });
  }
  const unvisited = coverage.unvisited();
  assert.ok(!unvisited.includes('state node.role.leader.office.established'));
  assert.ok(!unvisited.includes('state link.open.heard'), 'links are simulated, too');
  assert.ok(!unvisited.includes('guard node isOfOurTerm: yes'));
  assert.ok(unvisited.includes('transition node.role.leader on wire.append'));
  const report = coverageReport(coverage);
  for (const { id } of charts) {
    assert.match(report, new RegExp(`^${id} +\\d+ of \\d+ states, \\d+ of \\d+ transitions`, 'm'));
  }
  for (const name of unvisited) assert.ok(report.includes(`  ${name}: `), name);
});
