/** What every example is put through. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { allRestart, type Fault, leaderCrashes, leaderPauses } from './faults.ts';
import type { Example } from './example.ts';
import { perform, type Performance } from './performance.ts';
import { plain } from './seen.ts';

const faults: Readonly<Record<string, (momentMs: number) => Fault>> = {
  'the leader crashes': leaderCrashes,
  'all nodes restart': allRestart,
  'the leader stands still': leaderPauses,
};

export function examine(example: Example): void {
  const { name, outcome = (view) => view } = example;
  let calm: Promise<Performance> | null = null;
  const once = (): Promise<Performance> => (calm ??= perform(example));

  test(`${name}: three nodes and a plain actor stand alike after every entry`, async () => {
    await once();
  });

  for (const [what, fault] of Object.entries(faults)) {
    test(`${name}: likewise where ${what} in the middle of each delay and each invoke`, async () => {
      const { middles, last, term } = await once();
      assert.ok(middles.length > 0, 'there is something in the middle of which to fail');
      for (const momentMs of middles) {
        const marred = await perform(example, fault(momentMs));
        assert.ok(marred.term > term, `${what} at ${momentMs} ms, so there is another leader`);
        assert.deepEqual(
          plain(outcome(marred.last.view)),
          plain(outcome(last.view)),
          `what comes of it in the end; ${what} at ${momentMs} ms`,
        );
      }
    }, 120_000);
  }
}
