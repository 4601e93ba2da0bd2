/** What `quorate simulate` does with a seed that fails, shown on a bug that is planted for it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'quorate-boil-down-'));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

type Caught = Readonly<Record<string, Readonly<{ seed: number; check: string }>>>;
const caught = JSON.parse(readFileSync(join(here, 'planted/caught.json'), 'utf8')) as Caught;
const findOf = (bug: string) => caught[bug] ?? assert.fail(`"${bug}" has never been caught`);

/** The command, over the product with that bug. */
const withBug = (bug: string): string => `
  const { simulateCommand } = await import(${JSON.stringify(join(here, 'command.ts'))} + ${JSON.stringify(
    `?bug=${encodeURIComponent(bug)}`,
  )});
  await simulateCommand().parseAsync(process.argv.slice(1), { from: 'user' });
`;

function simulate(bug: string, ...flags: readonly string[]) {
  const hooks = ['--import', join(here, 'planted/register.mjs'), '--import', 'tsx'];
  const command = [...hooks, '--input-type=module', '--eval', withBug(bug), '--', ...flags];
  const { npm_lifecycle_event: _, ...env } = process.env;
  const child: ChildProcess = spawn(process.execPath, command, { cwd: join(here, '../..'), env });
  running.add(child);
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => (said.stdout += String(text)));
  child.stderr?.on('data', (text) => (said.stderr += String(text)));
  const ended = once(child, 'close').then(([status]) => {
    running.delete(child);
    return { status: status as number, ...said };
  });
  return { child, ended };
}

/** What follows the word at the beginning of a line. */
const told = (stdout: string, word: string): string =>
  new RegExp(`^${word}: +(.*)$`, 'm').exec(stdout)?.[1] ?? `no ${word} in ${stdout}`;

const smallerPattern =
  /^ +(\d+) of \d+ faults, (\d+) of \d+ clients, [\d.]+ of [\d.]+ s of storm, (\d+) steps, after (\d+) tries:$/m;

test('a seed that fails is boiled down, told as a trace, and played again by one command', async () => {
  const bug = 'the vote is forgotten on restart';
  const { seed, check } = findOf(bug);
  const { status, stdout, stderr } = await simulate(bug, '--seed', `${seed}`, '--out', folder)
    .ended;
  assert.equal(status, 1, `${stdout}${stderr}`);
  assert.equal(told(stdout, 'replay'), `quorate simulate --seed ${seed}`);
  const [, faults, clients, steps] = smallerPattern.exec(stdout) ?? assert.fail(stdout);
  assert.ok(Number(faults) <= 4 && Number(clients) <= 2, stdout);

  const trace = readFileSync(told(stdout, 'trace'), 'utf8').trimEnd().split('\n');
  assert.equal(trace.length, Number(steps), 'a step is a line');
  assert.ok(trace.at(-1)?.includes(` ${check}: `), trace.at(-1));

  const [, flags = ''] = told(stdout, 'smaller').split('quorate simulate ');
  const again = await simulate(bug, ...flags.split(' ')).ended;
  assert.equal(again.status, 1, again.stderr);
  assert.match(again.stdout, new RegExp(`: ${check} does not hold, .* step ${Number(steps) - 1}:`));
  assert.doesNotMatch(again.stdout, /^replay|^smaller/m, 'what is boiled down is not boiled again');
}, 120_000);

test('Ctrl-C while it is being boiled down leaves the best there is by then', async () => {
  // So that there is enough to be boiled down, and little of it is done when the signal comes.
  const bug = 'an effect is heard whoever leads';
  const { child, ended } = simulate(bug, '--seed', `${findOf(bug).seed}`, '--out', folder);
  let stdout = '';
  child.stdout?.on('data', (text) => {
    const before = stdout.includes('replay:');
    stdout += String(text);
    if (!before && stdout.includes('replay:')) child.kill('SIGINT');
  });
  const end = await ended;
  assert.equal(end.status, 1, end.stderr);
  assert.match(end.stderr, /finishing what is under way/);
  const [, , , steps, tries] = smallerPattern.exec(end.stdout) ?? assert.fail(end.stdout);
  assert.ok(Number(tries) < 25, end.stdout);
  const trace = readFileSync(told(end.stdout, 'trace'), 'utf8').trimEnd().split('\n');
  assert.equal(trace.length, Number(steps));
}, 120_000);
