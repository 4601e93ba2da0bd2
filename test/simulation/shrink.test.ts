import assert from 'node:assert/strict';
import { test } from 'vitest';
import { cutDown, keepAll, replayCommand, type Kept } from './cut-down.ts';
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

type Need = Readonly<{ faults?: readonly number[]; clients?: readonly number[]; stormMs?: number }>;

/** When all of these have struck. */
const sinceMs = (faults: readonly number[]): number =>
  Math.max(0, ...plan.faults.filter(({ id }) => faults.includes(id)).map(({ atMs }) => atMs));

/**
 * A run that fails where its plan has all of this, and otherwise goes well: as soon as it can, or
 * in the calm after a storm that is long enough.
 */
const failing =
  ({ faults = [], clients = [], stormMs = 0 }: Need, check = 'exactly once') =>
  (tried: Plan): Promise<Ending> => {
    const has = (id: number): boolean => tried.faults.some((fault) => fault.id === id);
    const isThere = faults.every(has) && clients.every((n) => tried.clients[n] !== null);
    const atMs = stormMs === 0 ? sinceMs(faults) : tried.stormMs + 100;
    const isLong = stormMs === 0 ? atMs < tried.stormMs : tried.stormMs >= stormMs;
    return Promise.resolve({
      failure: isThere && isLong ? { check, what: 'twice', atMs, step: 1 } : null,
      steps: tried.faults.length,
      virtualMs: 1,
      ends: { committed: 0, refused: 0, unknown: 0, read: 0 },
      faults: {},
      digest: '',
    });
  };

test('a failure is boiled down to the faults and clients that it takes, and ends with it', async () => {
  const run = failing({ faults: [3, 17, 30], clients: [2] });
  const { kept, ending, tries } = await shrink(plan, await run(plan), { triesMax: 500, run });
  assert.deepEqual(kept, {
    faults: [3, 17, 30],
    clients: [2],
    stormMs: Math.floor(sinceMs([3, 17, 30])) + 1,
  });
  assert.equal(ending.failure?.check, 'exactly once');
  assert.equal(ending.steps, 3, 'it is the ending of what is left');
  assert.ok(tries < 100, `${tries} tries`);
});

test('the first try leaves out all that came after the failure', async () => {
  const run = failing({ faults: [3] });
  const { kept } = await shrink(plan, await run(plan), { triesMax: 1, run });
  assert.ok(kept.faults.includes(3));
  assert.ok(kept.faults.every((id) => (plan.faults[id]?.atMs ?? 0) <= sinceMs([3]) + 1));
  assert.equal(kept.clients.length, plan.clients.length);
});

test('of storms after which it fails, about the shortest is found', async () => {
  const run = failing({ stormMs: 1_234 });
  const { kept } = await shrink(plan, await run(plan), { triesMax: 500, run });
  assert.deepEqual([kept.faults, kept.clients], [[], []]);
  assert.ok(kept.stormMs >= 1_234 && kept.stormMs < 1_234 * 1.03, `${kept.stormMs} ms`);
});

test('a run that fails in another way is another failure', async () => {
  const run = async (tried: Plan): Promise<Ending> => {
    const isWhole = tried.faults.length === plan.faults.length;
    return failing({ stormMs: 1 }, isWhole ? 'exactly once' : 'log matching')(tried);
  };
  const { kept } = await shrink(plan, await run(plan), { triesMax: 500, run });
  assert.equal(kept.faults.length, plan.faults.length);
});

test('it stops after so many tries', async () => {
  const run = failing({ faults: [3, 17, 30], clients: [2] });
  const { tries, ending } = await shrink(plan, await run(plan), { triesMax: 4, run });
  assert.equal(tries, 4);
  assert.equal(ending.failure?.check, 'exactly once');
});

test('it stops when told to, with the best that there is by then', async () => {
  const run = failing({ faults: [3, 17, 30], clients: [2] });
  let best: Kept = keepAll;
  const { kept, ending, tries } = await shrink(plan, await run(plan), {
    triesMax: 500,
    run,
    isToStop: () => best.faults !== null && best.faults.length < plan.faults.length / 2,
    trying: (_, bestSoFar) => (best = bestSoFar),
  });
  assert.deepEqual(kept, best);
  assert.ok(tries > 1 && tries < 20, `${tries} tries`);
  assert.deepEqual(ending, await run(cutDown(plan, kept)));
});

test('the command that replays a failure says all that is needed', () => {
  const command =
    process.env['npm_lifecycle_event'] === undefined ? 'quorate simulate' : 'npm run simulate --';
  assert.equal(replayCommand(plan, keepAll), `${command} --seed ${plan.seed}`);
  const stormMs = Math.ceil(plan.faults[5]?.atMs ?? 0);
  const kept = { faults: [1, 5, 6], clients: [], stormMs };
  assert.equal(
    replayCommand(plan, kept),
    `${command} --seed ${plan.seed} --faults 1,5,6 --clients none --storm ${stormMs}`,
  );
  const cut = cutDown(plan, kept);
  assert.deepEqual(
    cut.faults.map(({ id }) => id),
    [1, 5],
    'no fault strikes after the storm',
  );
  assert.equal(cut.stormMs, stormMs);
  assert.ok(cut.clients.every((client) => client === null));
  assert.deepEqual(cutDown(plan, keepAll), plan);
});
