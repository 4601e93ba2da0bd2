/**
 * The checkers are shown to work: each bug of bugs.json, planted into the product as it is loaded,
 * is caught by them. caught.json is the table of who caught what, by which seed, after how many
 * steps; `npm run simulate:planted -- --anew --write` renews it.
 *
 * Not among them is a leader that counts a late flush of entries which it has replaced since. None
 * is left when it leads: flushes are told in the order of the writes, and a candidate asks nobody
 * before the flush of its own vote. test/charts and test/scenarios/late-flushes.test.ts have it said.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { bugs, caught, type Find } from './bugs.ts';

const here = import.meta.dirname;
const top = join(here, '../../..');

type Line = Readonly<{ bug: string; find: Find | null }>;

async function hunt(): Promise<readonly Line[]> {
  const hooks = ['--import', join(here, 'register.mjs'), '--import', 'tsx'];
  const hunter = spawn(process.execPath, [...hooks, join(here, 'hunt.ts')], { cwd: top });
  let output = '';
  let complaints = '';
  hunter.stdout.on('data', (text) => (output += String(text)));
  hunter.stderr.on('data', (text) => (complaints += String(text)));
  const [code] = (await once(hunter, 'close')) as [number | null];
  assert.equal(code, 0, complaints);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

test('every planted bug has a place in the product, and a row in the table', () => {
  assert.ok(bugs.length >= 20);
  for (const { name, file, from, to } of bugs) {
    const source = readFileSync(join(top, file), 'utf8');
    assert.equal(source.split(from).length, 2, `"${name}" fits one place of ${file}`);
    assert.notEqual(from, to);
    assert.ok(caught[name], `"${name}" has been caught before`);
  }
  assert.equal(Object.keys(caught).length, bugs.length);
});

test('every planted bug is caught', { timeout: 300_000 }, async () => {
  const hunted = new Map((await hunt()).map(({ bug, find }) => [bug, find]));
  const escaped = bugs.filter(({ name }) => !hunted.get(name)).map(({ name }) => name);
  assert.deepEqual(escaped, []);
});
