/** stately.config.json is what `statelyai push --config stately.config.json` accepts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The fields that the tool's own schema has, and no others: it refuses what it does not know. */
const accepted = Compile(
  Type.Object(
    {
      $schema: Type.Optional(Type.String()),
      version: Type.String(),
      include: Type.Array(Type.String(), { minItems: 1 }),
      exclude: Type.Optional(Type.Array(Type.String())),
      projectId: Type.Optional(Type.String()),
      studioUrl: Type.Optional(Type.String()),
      defaultXStateVersion: Type.Optional(Type.Union([Type.Literal(4), Type.Literal(5)])),
      newMachinesDir: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
);

const config = JSON.parse(read('stately.config.json')) as { include: readonly string[] };

test('stately.config.json is valid for the command line tool of Stately', () => {
  assert.deepEqual(accepted.Errors(config), []);
});

test('stately.config.json lists every chart of the project, and nothing that is none', () => {
  const charts = readdirSync(path.join(root, 'machines'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `machines/${file}`)
    .filter((file) => read(file).includes('createMachine({'));
  assert.deepEqual([...config.include].toSorted(), charts.toSorted());
});
