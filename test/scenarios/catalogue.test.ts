import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { rowsOf } from './tables.ts';
import { testsIn } from './titles.ts';

const folder = import.meta.dirname;
const page = readFileSync(join(folder, 'catalogue.md'), 'utf8');

const scenarios = rowsOf(page).map(([number, name, source, catches, tests]) => ({
  number: Number(number),
  name: name ?? '',
  source: source ?? '',
  catches: catches ?? '',
  tests: [...(tests ?? '').matchAll(/`([\w.-]+)` (\d+)/g)].map(([, file = '', count]) => ({
    file,
    count: Number(count),
  })),
}));

/** What applies without snapshots, compaction and changes of membership. */
// oxfmt-ignore
const expected = [
  1, 2, 3, 4, 5, 6, 8, 9, 10, 13, 15, 16, 17, 18, 20, 21, 23, 27, 28, 29, 35, 36, 37, 39, 40, 41, 43,
  45, 46, 47, 48, 50, 51, 52,
];

const numbered = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .flatMap((file) => testsIn(join(folder, file)).map((declared) => ({ file, ...declared })))
  .flatMap((declared) => {
    const number = /^#(\d+) /.exec(declared.title)?.[1];
    return number === undefined ? [] : [{ ...declared, number: Number(number) }];
  });

test('the catalogue has every scenario, once, with its source and the mistake it would catch', () => {
  assert.deepEqual(
    scenarios.map(({ number }) => number),
    expected,
  );
  for (const { number, name, source, catches, tests } of scenarios) {
    assert.ok(name !== '' && source !== '' && catches !== '', `#${number}`);
    assert.ok(tests.length > 0, `#${number} has no test`);
  }
});

test('the catalogue counts the tests that there are, all of them, where they are', () => {
  const counted = scenarios.flatMap(({ number, tests }) =>
    tests.map(({ file, count }) => `#${number} ${file} ${count}`),
  );
  const found = new Map<string, number>();
  for (const { number, file } of numbered) {
    found.set(`#${number} ${file}`, (found.get(`#${number} ${file}`) ?? 0) + 1);
  }
  const there = [...found].map(([where, count]) => `${where} ${count}`);
  assert.deepEqual(there.toSorted(), counted.toSorted());
});

test('a title says number and name of its scenario and where it comes from, the comment what it catches', () => {
  for (const { title, comment, number, file } of numbered) {
    const name = scenarios.find((scenario) => scenario.number === number)?.name ?? '';
    assert.ok(title.startsWith(`#${number} ${name}`), `${file}: ${title}`);
    assert.match(title, /\([^()]+\)$/, file);
    assert.match(comment, /^Catches: .+\./s, `${file}: ${title}`);
  }
});
