/**
 * The checkers are shown to work: each bug of bugs.json, planted into the product as it is loaded,
 * is caught by them. caught.json is the table of who caught what, by which seed, after how many
 * steps; `npm run simulate:planted -- --write` renews it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import type { Bug, Caught, Hunted } from './hunt.ts';

const here = import.meta.dirname;
const top = join(here, '../../..');
const read = (name: string): unknown => JSON.parse(readFileSync(join(here, name), 'utf8'));
const bugs = read('bugs.json') as readonly Bug[];
const caught = read('caught.json') as Caught;

async function hunt(names: readonly string[]): Promise<readonly Hunted[]> {
  const hooks = ['--import', join(here, 'register.mjs'), '--import', 'tsx'];
  const hunter = spawn(process.execPath, [...hooks, join(here, 'hunt.ts'), ...names], { cwd: top });
  let output = '';
  let complaints = '';
  hunter.stdout.on('data', (text) => (output += String(text)));
  hunter.stderr.on('data', (text) => (complaints += String(text)));
  const [code] = (await once(hunter, 'close')) as [number | null];
  assert.equal(code, 0, complaints);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Hunted);
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
  const names = bugs.map(({ name }) => name);
  const half = Math.ceil(names.length / 2);
  const hunted = (await Promise.all([hunt(names.slice(0, half)), hunt(names.slice(half))])).flat();
  assert.deepEqual(
    hunted.map(({ bug }) => bug),
    names,
  );
  const escaped = hunted.filter(({ find }) => find === null).map(({ bug }) => bug);
  assert.deepEqual(escaped, []);
});
