/** The fuzzer itself: what it finds is there, what is there it finds, and a seed brings it back. */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compileFunction } from 'node:vm';
import * as fc from 'fast-check';
import { afterAll, test } from 'vitest';
import { Reached, takeSample } from './block-coverage.ts';
import { Fuzzer } from './fuzzer.ts';
import { peerFrames } from './targets/peer-frames.ts';
import { checkGuarded } from './guards.ts';
import { failureKind, minimised } from './minimise.ts';
import { inputBytesMax, mutated } from './mutation.ts';
import { Seeds } from './seeds.ts';
import type { Check } from './target.ts';
import { chance } from '../world/random.ts';

/** Reached one byte at a time by who sees how far each input got, and never by who does not. */
const staircase = `
  if (input[0] !== 0x71) return;
  if (input[1] !== 0x0a) return;
  if (input[2] !== 0xdd) return;
  throw new Error('the top of the stairs');`;

/** Compiled here, so that it is code without a URL, which counts. */
const climb = compileFunction(staircase, ['input']) as Check;

const target = { grammar: fc.uint8Array({ minLength: 3, maxLength: 4 }), words: [] };

async function firstFailure(check: Check, seed: number, runsMax: number) {
  const fuzzer = new Fuzzer(target, check, seed);
  while (fuzzer.runs < runsMax) {
    const failure = await fuzzer.step();
    if (failure) return { ...failure, runs: fuzzer.runs };
  }
  return null;
}

test('coverage leads to what chance alone does not reach', async () => {
  const found = await firstFailure(climb, 3, 100_000);
  assert.equal(failureKind(found?.error), 'Error: the top of the stairs');
  assert.deepEqual([...(found?.input.subarray(0, 3) ?? [])], [0x71, 0x0a, 0xdd]);
});

test('code that ran for the first time is news, once', () => {
  const reached = new Reached();
  const code = compileFunction('return n > 5 ? n.toString() : n;', ['n']) as (n: number) => unknown;
  const ranWith = (n: number) => {
    takeSample();
    code(n);
    return takeSample();
  };
  const low = ranWith(1);
  assert.ok(reached.isNews(low));
  reached.learn(low);
  assert.ok(!reached.isNews(ranWith(2)));
  const high = ranWith(9);
  assert.ok(reached.isNews(high));
  reached.learn(high);
  assert.ok(!reached.isNews(ranWith(8)));
  assert.ok(ranWith(1).steps > 0);
});

test('our own code counts, by block', async () => {
  const { check } = await peerFrames.open();
  const reached = new Reached();
  for (const byte of [2, 1]) {
    takeSample();
    await check(Uint8Array.of(byte));
    const sample = takeSample();
    assert.ok(reached.isNews(sample), 'another version ends sooner');
    reached.learn(sample);
  }
});

test('the same seed makes the same inputs, another seed others', async () => {
  const seen = async (seed: number): Promise<string> => {
    const inputs: string[] = [];
    const note: Check = (input) => void inputs.push(Buffer.from(input).toString('hex'));
    const fuzzer = new Fuzzer(target, note, seed);
    for (let batch = 0; batch < 3; batch += 1) await fuzzer.step();
    return inputs.join();
  };
  assert.equal(await seen(5), await seen(5));
  assert.notEqual(await seen(5), await seen(6));
});

test('an input that takes steps out of proportion fails', async () => {
  const slow = compileFunction('for (let n = 0; n < 2e6; n += 1) input[0];', ['input']) as Check;
  const failure = await new Fuzzer(target, slow, 1).replay([{ input: Uint8Array.of(1) }]);
  assert.match(String(failure?.error), /1 bytes took \d+ steps/);
});

test('an input that takes memory out of proportion fails', async () => {
  let held: unknown = null;
  const claim: Check = () => {
    held = new Float64Array(8 * 1024 * 1024).fill(1);
  };
  await assert.rejects(checkGuarded(claim, Uint8Array.of(1)), /out of all proportion/);
  assert.ok(held);
});

test('an input that changes what all objects share fails, and so does one that is changed', async () => {
  const shared: object = Object.prototype;
  const pollute: Check = () => {
    Object.defineProperty(shared, 'polluted', { value: 1, configurable: true });
  };
  await assert.rejects(checkGuarded(pollute, Uint8Array.of(1)), /what all objects share/);
  Reflect.deleteProperty(shared, 'polluted');
  const overwrite: Check = (input) => void input.fill(9);
  await assert.rejects(checkGuarded(overwrite, Uint8Array.of(1)), /the input is as it was/);
});

test('a failure shrinks to what makes it fail', async () => {
  const fails = async (input: Uint8Array) =>
    Buffer.from(input).includes('ab') && input.at(-1) === 0x7a ? 'Error: ab _ z' : null;
  const input = new Uint8Array(Buffer.from(`${'x'.repeat(200)}ab${'y'.repeat(300)}z`));
  assert.equal(Buffer.from(await minimised(input, fails)).toString(), 'abz');
  assert.deepEqual(await minimised(input, async () => null), input);
});

test('mutation changes nearly always, in place never, and keeps to its limit', () => {
  const by = { chance: chance(3, 'test'), words: [Uint8Array.of(1, 2)], other: () => other };
  const other = new Uint8Array(inputBytesMax).fill(5);
  const input = Uint8Array.from({ length: 50 }, (_, at) => at);
  let same = 0;
  for (let count = 0; count < 2_000; count += 1) {
    const changed = mutated(input, by);
    assert.ok(changed.length <= inputBytesMax);
    if (Buffer.from(changed).equals(input)) same += 1;
  }
  assert.deepEqual([...input], [...Array(50).keys()]);
  assert.ok(same < 200);
});

const main = join(import.meta.dirname, 'main.ts');
const runMain = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', main, ...args]);

test.each([
  [['--target', 'nobody'], /nobody.* There are peer-frames, .*See `npm run fuzz -- --help`\./],
  [['--replay', 'some-file'], /--replay needs one --target\./],
  [['--target', 'commands', '--replay', '/nonexistent'], /\/nonexistent: there is no such file\./],
  [['--target', 'commands', '--replay', '/'], /--replay \/: it is a folder\./],
  [['--replay', 'some-file', '--prune'], /'--replay <file>' cannot be used with option '--prune'/],
  [['--prune', '--minutes', '3'], /--prune' cannot be used with option '--minutes/],
])('wrong usage is one line, and exit status 2: %j', async (flags, says) => {
  await assert.rejects(runMain(...flags), (error: Error) => {
    assert.ok('code' in error && 'stderr' in error && 'stdout' in error);
    assert.match(String(error.stderr), /^quorate: usage: [^\n]*\n$/);
    assert.match(String(error.stderr), says);
    assert.equal(error.stdout, '');
    assert.equal(error.code, 2);
    return true;
  });
});

test('a kept input can be run alone', async () => {
  const [seed] = new Seeds().of('peer-frames');
  const { stdout } = await runMain('--target', 'peer-frames', '--replay', seed?.file ?? '');
  assert.match(stdout, /is taken as it should be/);
});

const folder = mkdtempSync(join(tmpdir(), 'quorate-fuzz-'));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Each file that it says is new. */
const newFilesIn = (stdout: string): readonly string[] =>
  (stdout.split(/ new\. Commit .*:\n/)[1] ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => resolve(line.trim()));

test('every file that it has written is named, to be committed', async () => {
  const seeds = join(folder, 'written');
  const flags = ['--target', 'commands', '--seed', '1', '--minutes', '0.001', '--seeds', seeds];
  const { stdout } = await runMain(...flags);
  const written = readdirSync(join(seeds, 'commands')).map((file) => join(seeds, 'commands', file));
  assert.ok(written.length > 5);
  assert.deepEqual(newFilesIn(stdout).toSorted(), written.toSorted());
});

test('Ctrl-C ends it in good order, and what it has written is named', async () => {
  const seeds = join(folder, 'interrupted');
  const args = ['--import', 'tsx', main, '--target', 'commands', '--minutes', '60'];
  const fuzzing = spawn(process.execPath, [...args, '--seeds', seeds]);
  running.add(fuzzing);
  let stdout = '';
  let isKilled = false;
  fuzzing.stdout.on('data', (text) => {
    stdout += String(text);
    if (isKilled || !stdout.includes(' runs, ')) return;
    isKilled = true;
    fuzzing.kill('SIGINT');
  });
  const [status] = (await once(fuzzing, 'close')) as [number | null];
  running.delete(fuzzing);
  assert.equal(status, 0);
  assert.equal(newFilesIn(stdout).length, readdirSync(join(seeds, 'commands')).length);
});
