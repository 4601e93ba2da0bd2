/** Every target, on all inputs that are kept and on as many new ones; the same at each run. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
// Before the targets: it begins to count, and what was there before does not count.
import { Fuzzer } from './fuzzer.ts';
import { allTargets } from './all-targets.ts';
import { checkGuarded } from './guards.ts';
import { Seeds } from './seeds.ts';
import type { OpenTarget } from './target.ts';

const seed = 20_231;

describe.each(allTargets)('$name: $claim', (target) => {
  const seeds = new Seeds().of(target.name);
  let opened: OpenTarget;
  beforeAll(async () => {
    opened = await target.open();
  });
  afterAll(() => opened.close());

  test('holds for the inputs that are kept', async () => {
    assert.ok(seeds.length > 0);
    for (const { file, input } of seeds) {
      await checkGuarded(opened.check, input).catch((cause: unknown) => {
        throw new Error(`npm run fuzz -- --target ${target.name} --replay ${file}`, { cause });
      });
    }
  });

  test(`holds for ${target.runsInTests} new inputs`, async () => {
    const fuzzer = new Fuzzer(target, opened.check, seed);
    let failure = await fuzzer.replay(seeds.filter((_, place) => place % 4 === 0));
    while (failure === null && fuzzer.runs < target.runsInTests) failure = await fuzzer.step();
    if (failure === null) return;
    const hex = Buffer.from(failure.input).toString('hex');
    throw new Error(
      `npm run fuzz -- --target ${target.name} --seed ${seed} finds it: ${hex.slice(0, 200)}`,
      { cause: failure.error },
    );
  });
});
