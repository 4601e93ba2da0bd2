/**
 * Histories of real stores, with verdicts that others have come to. A few are kept here. Where
 * the whole collection lies beside the repository, all of it is judged as well.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { checkLinearizable } from '../linearizable.ts';
import { kvModel } from '../models/kv.ts';
import { registerModel } from '../models/register.ts';
import { parseJepsenLog } from './jepsen-log.ts';
import { parseKvHistory } from './kv-history.ts';

const top = join(import.meta.dirname, '../../../..');
const kept = join(top, 'test/simulation/histories');
const whole = join(top, '../shared/data');

const budget = { timeMsMax: 25_000 };

const kinds = [
  {
    folder: 'jepsen',
    parse: parseJepsenLog,
    judge: (text: string) => checkLinearizable(registerModel, parseJepsenLog(text), budget),
  },
  {
    folder: 'kv',
    parse: parseKvHistory,
    judge: (text: string) => checkLinearizable(kvModel, parseKvHistory(text), budget),
  },
];

type Recorded = Readonly<{ name: string; text: string; kind: (typeof kinds)[number] }>;

const recordedIn = (folder: string): Recorded[] =>
  kinds.flatMap((kind) =>
    readdirSync(join(folder, kind.folder)).map((file) => {
      const name = `${kind.folder}/${file}`;
      return { name, text: readFileSync(join(folder, name), 'utf8'), kind };
    }),
  );

const verdictsIn = (folder: string): Map<string, boolean> => {
  const { linearizable } = JSON.parse(readFileSync(join(folder, 'verdicts.json'), 'utf8'));
  return new Map(Object.entries<boolean>(linearizable));
};

const collections = [
  { collection: 'kept here', folder: kept },
  { collection: 'the whole collection', folder: whole },
].filter(({ folder }) => existsSync(folder));

describe.each(collections)('recorded histories, $collection', ({ folder }) => {
  const recorded = recordedIn(folder);
  const verdicts = verdictsIn(folder);

  for (const { name, text, kind } of recorded) {
    const linearizable = verdicts.get(name);
    if (linearizable === undefined) {
      test(`${name} has no verdict because nothing happened in it`, () => {
        assert.deepEqual(kind.parse(text), []);
      });
    } else {
      test(`${name} is ${linearizable ? '' : 'not '}linearizable`, () => {
        assert.equal(kind.judge(text).verdict, linearizable ? 'legal' : 'illegal');
      });
    }
  }

  test('every verdict has its history, and both verdicts occur', () => {
    const names = new Set(recorded.map(({ name }) => name));
    assert.deepEqual(
      [...verdicts.keys()].filter((name) => !names.has(name)),
      [],
    );
    assert.deepEqual(new Set(verdicts.values()), new Set([true, false]));
  });
});

test('the histories come with the licence under which they may be passed on', () => {
  const licence = readFileSync(join(kept, 'LICENSE-porcupine-test-data.md'), 'utf8');
  assert.match(licence, /The MIT License[\s\S]+Copyright \(c\) Anish Athalye/);
});
