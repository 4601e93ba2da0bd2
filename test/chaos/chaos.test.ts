/** A short chaos run, with every kind of fault that this machine allows. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { reportOf } from './report.ts';
import { run, type RunOptions } from './run.ts';

const options: RunOptions = { nodes: 3, clients: 16, seed: 5, lastsMs: 15_000, keep: false };

test('a cluster of three keeps what it promises while everything around it fails', async () => {
  const outcome = await run(options, {
    progress: () => {},
    interrupted: new Promise(() => {}),
  });
  const report = reportOf(options, outcome);
  assert.ok(outcome.verdict.passed, report);
  assert.notEqual(outcome.calm, null, report);
  for (const kind of outcome.kinds) {
    assert.ok((outcome.tally.faults.get(kind) ?? 0) > 0, `${kind} has hit nothing\n${report}`);
  }
  assert.ok(outcome.tally.operations.ok >= 300, report);
}, 300_000);
