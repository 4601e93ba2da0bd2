import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { rowsOf } from './scenarios/tables.ts';
import { testsIn } from './scenarios/titles.ts';

const folder = import.meta.dirname;
const mistakes = rowsOf(readFileSync(join(folder, 'known-bugs.md'), 'utf8')).map(
  ([mistake = '', source = '', caughtBy = '', seen = '']) => ({ mistake, source, caughtBy, seen }),
);

const excuses = /^(comes with (snapshots|compaction|membership)|does not apply: .+)$/;

test('every known mistake has its source, and a test of ours or the reason why there is none', () => {
  assert.ok(mistakes.length > 60, `${mistakes.length} lines`);
  for (const { mistake, source, caughtBy, seen } of mistakes) {
    assert.ok(mistake !== '' && source !== '', mistake);
    if (excuses.test(caughtBy)) assert.equal(seen, '', mistake);
    else assert.match(caughtBy, /^`[\w./-]+` › /, mistake);
  }
});

test('every test that is said to catch one exists, once, and was seen to fail', () => {
  for (const { mistake, caughtBy, seen } of mistakes) {
    if (excuses.test(caughtBy)) continue;
    assert.notEqual(seen, '', `${mistake}: how was it seen to fail?`);
    for (const named of caughtBy.split('; `')) {
      const [, file = '', beginning = ''] = /^`?([\w./-]+)` › (.+)$/.exec(named) ?? [];
      const path = join(folder, file);
      assert.ok(file !== '' && existsSync(path), `${mistake}: no file ${named}`);
      const found = testsIn(path).filter(({ title }) => title.startsWith(beginning));
      assert.equal(found.length, 1, `${file}: ${found.length} tests begin “${beginning}”`);
    }
  }
});
