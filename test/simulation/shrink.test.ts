import assert from 'node:assert/strict';
import { test } from 'vitest';
import { cutDown, keepAll, replayCommand } from './cut-down.ts';
import { drawPlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import type { Ending } from './universe.ts';

const plan = planOf(({ faults, clients }) => faults.length > 40 && clients.length > 3);

/** The first that is worth the trouble. */
function planOf(isWorthIt: (plan: Plan) => boolean): Plan {
  for (let seed = 1; ; seed += 1) {
    const drawn = drawPlan(seed);
    if (isWorthIt(drawn)) return drawn;
  }
}

/** A run that fails in the way given where all of these faults and clients are in its plan. */
const failing =
  (faults: readonly number[], clients: readonly number[], check = 'exactly once') =>
  (tried: Plan): Promise<Ending> => {
    const has = (id: number): boolean => tried.faults.some((fault) => fault.id === id);
    const isThere = faults.every(has) && clients.every((n) => tried.clients[n] !== null);
    const failure = isThere ? { check, what: 'twice', atMs: 1, step: 1 } : null;
    const ends = { committed: 0, refused: 0, unknown: 0, read: 0 };
    return Promise.resolve({
      failure,
      steps: 1,
      virtualMs: 1,
      ends,
      faults: {},
      undecided: 0,
      digest: '',
    });
  };

test('a failure is boiled down to the faults and clients that it takes', async () => {
  const run = failing([3, 17, 40], [2]);
  const { kept, ending, tries } = await shrink(plan, await run(plan), { triesMax: 500, run });
  assert.deepEqual(kept, { faults: [3, 17, 40], clients: [2] });
  assert.equal(ending.failure?.check, 'exactly once');
  assert.ok(tries < 100, `${tries} tries`);
});

test('a run that fails in another way is another failure', async () => {
  const run = async (tried: Plan): Promise<Ending> => {
    const isWhole = tried.faults.length === plan.faults.length;
    return failing([], [], isWhole ? 'exactly once' : 'log matching')(tried);
  };
  const { kept } = await shrink(plan, await run(plan), { triesMax: 500, run });
  assert.equal(kept.faults?.length, plan.faults.length);
});

test('it stops after so many tries', async () => {
  const run = failing([3, 17, 40], [2]);
  const { tries, ending } = await shrink(plan, await run(plan), { triesMax: 4, run });
  assert.equal(tries, 4);
  assert.equal(ending.failure?.check, 'exactly once');
});

test('the command that replays a failure says all that is needed', () => {
  const command =
    process.env['npm_lifecycle_event'] === undefined ? 'quorate simulate' : 'npm run simulate --';
  assert.equal(replayCommand(plan, keepAll), `${command} --seed ${plan.seed}`);
  const kept = { faults: [1, 5], clients: [] };
  assert.equal(
    replayCommand(plan, kept),
    `${command} --seed ${plan.seed} --faults 1,5 --clients none`,
  );
  const cut = cutDown(plan, kept);
  assert.deepEqual(
    cut.faults.map(({ id }) => id),
    [1, 5],
  );
  assert.ok(cut.clients.every((client) => client === null));
  assert.deepEqual(cutDown(plan, keepAll), plan);
});
