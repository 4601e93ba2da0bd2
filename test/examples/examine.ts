/** What every example is put through. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { allRestart, type Fault, leaderCrashes, leaderPauses } from './faults.ts';
import type { Example } from './example.ts';
import { perform, type Performance } from './perform.ts';
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
      for (const { what: during, atMs } of middles) {
        const where = `${what} at ${atMs} ms, in the middle of ${during}`;
        const marred = await perform(example, fault(atMs));
        assert.ok(marred.term > term, `${where}: there is another leader`);
        assert.deepEqual(
          plain(outcome(marred.last.view)),
          plain(outcome(last.view)),
          `${where}: what comes of it in the end`,
        );
      }
    }, 120_000);
  }
}
