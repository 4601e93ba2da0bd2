import assert from 'node:assert/strict';
import { test } from 'vitest';
import { simulateCommand } from './command.ts';
import { drawPlan } from './plan.ts';

const simulate = (flags: string): Promise<unknown> =>
  simulateCommand().parseAsync(flags.split(' '), { from: 'user' });

test.each([
  ['--plain --processes 2', '--plain and --processes exclude each other.'],
  ['--plain --minutes 2', '--plain and --minutes exclude each other.'],
  ['--plain --trace -', '--plain and --trace exclude each other.'],
  ['--plain --seed 1 --faults 1', '--plain and --faults exclude each other.'],
  ['--plain --out x', '--plain and --out exclude each other.'],
  ['--seed 1 --processes 2', '--seed and --processes exclude each other.'],
  ['--seed 1 --coverage', '--seed and --coverage exclude each other.'],
  ['--seed 1 --faults none --out x', '--faults and --out exclude each other.'],
  ['--seed 1 --storm 10 --out x', '--storm and --out exclude each other.'],
  ['--storm 10', '--storm needs --seed.'],
  ['--seeds 2 --clients 0', '--clients needs --seed.'],
])('a flag that would be ignored is refused: %s', async (flags, says) => {
  await assert.rejects(simulate(flags), { code: 'usage', message: says });
});

test('what a seed does not have is not kept of it', async () => {
  const { stormMs, faults } = drawPlan(2);
  await assert.rejects(simulate(`--seed 2 --storm ${stormMs + 1}`), {
    code: 'usage',
    message: `--storm ${stormMs + 1}: the storm of this seed lasts ${stormMs} ms.`,
  });
  await assert.rejects(simulate(`--seed 2 --faults 0,${faults.length}`), {
    code: 'usage',
    message: `--faults ${faults.length}: this seed has ${faults.length} of them, counted from 0.`,
  });
});
