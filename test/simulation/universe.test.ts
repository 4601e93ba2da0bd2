import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { runFarm } from './farm.ts';
import { drawPlan } from './plan.ts';
import { runPlan } from './universe.ts';

const top = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'quorate-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function simulate(...flags: string[]) {
  return spawnSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'main.ts'), ...flags],
    { cwd: top, encoding: 'utf8' },
  );
}

/** Seeds that once showed something, or in which much happens. */
const seedsKept = 12;
const seedsFresh = 8;
const minutesMax = 5;

/** What the command printed, for whoever has to find out why it failed. */
const wellDone = ({ status, stdout, stderr }: ReturnType<typeof simulate>, seeds: number): void => {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /nothing wrong/);
  const committed = Number(/([\d,]+) committed/.exec(stdout)?.[1]?.replaceAll(',', ''));
  assert.ok(committed > 50 * seeds, `so little was committed that little was tested: ${stdout}`);
};

test('any weather, then calm: the seeds that we keep', { timeout: minutesMax * 60_000 }, () => {
  const done = simulate('--from', '1', '--seeds', String(seedsKept), '--coverage', '--out', folder);
  wellDone(done, seedsKept);
  // Transitions may take more seeds than there is time for; states must all be visited, or explained.
  assert.doesNotMatch(done.stdout, /^ {2}state .*: by chance$/m);
});

test('any weather, then calm: seeds that nobody has seen', { timeout: minutesMax * 60_000 }, () => {
  wellDone(simulate('--seeds', String(seedsFresh), '--out', folder), seedsFresh);
});

// Catches: a clock, a die or an order of its own anywhere in the product.
test(
  'the same seed is the same run, byte for byte, here and in another process',
  { timeout: minutesMax * 60_000 },
  async () => {
    const seen = new Set<string>();
    // One over frames, one over sockets, and much happens in few steps.
    for (const seed of [2, 8]) {
      const traces = await Promise.all(
        [1, 2].map(async () => {
          const lines: string[] = [];
          const { digest, steps } = await runPlan(drawPlan(seed), {
            reader: (line) => lines.push(line),
          });
          return { digest, steps, lines: lines.length, text: `${lines.join('\n')}\n` };
        }),
      );
      const [first, second] = traces;
      assert.ok(first !== undefined && first.text.length > 10_000);
      assert.equal(first.lines, first.steps, 'a step is a line');
      assert.equal(first.text, second?.text);
      assert.equal(first.digest, second?.digest);
      // Whether somebody reads along changes nothing.
      assert.equal((await runPlan(drawPlan(seed))).digest, first.digest);

      const digests: string[] = [];
      await runFarm({
        processes: 1,
        coverage: false,
        execArgv: ['--import', 'tsx'],
        nextSeed: () => (digests.length === 0 ? seed : null),
        heard: ({ digest }) => digests.push(digest),
      });
      assert.deepEqual(digests, [first.digest], 'in a process of the farm');

      const file = join(folder, `${seed}.trace`);
      assert.equal(simulate('--seed', String(seed), '--trace', file).status, 0);
      assert.equal(readFileSync(file, 'utf8'), first.text);
      seen.add(first.digest);
    }
    assert.equal(seen.size, 2, 'another seed is another run');
  },
);

// The log of an upgrade holds fingerprints, which are made of source text: it must have been
// compiled in the same way.
test(
  'so is one in which a definition is upgraded, in every process of the command',
  { timeout: minutesMax * 60_000 },
  () => {
    assert.notEqual(drawPlan(7).errands?.upgradeAtMs ?? null, null);
    const traces = [1, 2].map((nth) => {
      const file = join(folder, `upgraded-${nth}.trace`);
      assert.equal(simulate('--seed', '7', '--trace', file).status, 0);
      return readFileSync(file, 'utf8');
    });
    assert.ok((traces[0]?.length ?? 0) > 10_000);
    assert.equal(traces[0], traces[1]);
  },
);

test.each([
  [['--seed', 'x'], 'whole number'],
  [['--seed', '1', '--seeds', '2'], 'exclude each other'],
  [['--faults', '1'], '--faults needs --seed'],
  [['--seed', '1', '--faults', '1,1'], 'given twice'],
  [['--minutes', '0'], 'whole number'],
  [['--wind', '9'], "unknown option '--wind'"],
])('wrong flags end with status 2 and one line: %j', (flags, says) => {
  const { status, stderr, stdout } = simulate(...flags);
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr.trim(), /^quorate: usage: [^\n]*$/);
  assert.ok(stderr.includes(says), stderr);
});
