import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, test } from 'vitest';
import { dist, emptyFolder, runNode } from './run-quorate.ts';

const loader = pathToFileURL(join(dist, 'cli/machines/load.js')).href;
const faults = pathToFileURL(join(dist, 'cli/exit.js')).href;

type Loaded = Readonly<{ names?: readonly string[]; code?: string; message?: string }>;

/** In a process of its own, from what the package ships: one after another, as they come. */
async function loadAll(files: readonly string[]): Promise<readonly Loaded[]> {
  const { stdout, stderr } = await runNode([
    '--input-type=module',
    '--eval',
    `import { loadMachines } from ${JSON.stringify(loader)};
     import { faultOf } from ${JSON.stringify(faults)};
     const loaded = [];
     for (const file of ${JSON.stringify(files)}) {
       loaded.push(await loadMachines(file).then(
         (machines) => ({ names: Object.keys(machines) }), faultOf));
     }
     console.log(JSON.stringify(loaded));`,
  ]);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as readonly Loaded[];
}

const load = async (file: string): Promise<Loaded> => (await loadAll([file]))[0] ?? {};

/** Each as if it were loaded alone, but in one process, since a process takes its time. */
async function loadWritten(texts: Readonly<Record<string, string>>) {
  const names = Object.keys(texts);
  const loaded = await loadAll(names.map((name) => written(name, texts[name] ?? '')));
  return new Map(names.map((name, at) => [name, loaded[at] ?? {}]));
}

function written(name: string, text: string, folder = emptyFolder()): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const typed = `
  import { setup } from 'xstate';
  type Context = { count: number };
  export const machines: Record<string, unknown> = {
    order: setup({ types: { context: {} as Context } }).createMachine({ context: { count: 0 } }),
  };`;
const untyped = `
  import { createMachine } from 'xstate';
  import { assign } from 'xstate/actions';
  export const machines = { order: createMachine({ entry: assign({}) }) };`;
const asDefault = `
  import { createMachine } from 'xstate';
  export default { machines: { order: createMachine({}) } };`;
const commonJs = `
  const { createMachine } = require('xstate');
  const { assign } = require('xstate/actions');
  module.exports = { machines: { order: createMachine({ entry: assign({}) }) } };`;

describe('machines are loaded from a file that belongs to no project', () => {
  const files: Readonly<Record<string, string>> = {
    'a.ts': typed,
    'a.mts': typed,
    'a.cts': typed,
    'a.js': untyped,
    'a.mjs': untyped,
    'b.js': commonJs,
    'b.cjs': commonJs,
    'c.ts': asDefault,
    'c.mjs': asDefault,
  };
  test('TypeScript and JavaScript, ESM and CommonJS, named and default export', async () => {
    for (const [name, loaded] of await loadWritten(files)) {
      assert.deepEqual(loaded, { names: ['order'] }, name);
    }
  });

  test('each as it is, or with options; and the module may have more', async () => {
    const file = written(
      'a.mts',
      `import { replicated } from 'quorate';
       import { createMachine } from 'xstate';
       const machine = createMachine({});
       export const machines = {
         replication: machine,
         machine: replicated(machine, { missedDeadlines: 'fire' }),
       };
       export const events = { order: [{ type: 'PAY' }] };`,
    );
    assert.deepEqual(await load(file), { names: ['replication', 'machine'] });
  });

  test('with what it imports itself', async () => {
    const folder = emptyFolder();
    written('order.ts', typed.replace('machines', 'mine'), folder);
    const file = written('a.ts', `export { mine as machines } from './order.ts';`, folder);
    assert.deepEqual(await load(file), { names: ['order'] });
  });
});

test('a project with an XState of its own keeps it', async () => {
  const folder = emptyFolder();
  const installed = join(folder, 'node_modules/xstate');
  mkdirSync(installed, { recursive: true });
  written('package.json', '{"name":"xstate","main":"index.js"}', installed);
  written(
    'index.js',
    `exports.setup = exports.createMachine = () => { throw new Error("the project's own"); };`,
    installed,
  );
  for (const [name, text] of [
    ['a.mjs', asDefault],
    ['a.ts', typed],
    ['a.cjs', commonJs],
  ] as const) {
    const { message } = await load(written(name, text, folder));
    assert.match(message ?? '', /the project's own/, name);
  }
});

describe('a file that is not fit is refused, and the refusal says what to do', () => {
  const unreadable: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
    'syntax.ts': [
      'export const a = {\n  b: 1\n  c: 2,\n};',
      /Expected "}" but found "c" \(.*syntax\.ts:3:2\)/,
    ],
    'syntax.js': [
      'export const a = {\n  b: 1\n  c: 2,\n};',
      /Expected "}" but found "c" \(.*syntax\.js:3:2\)/,
    ],
    'syntax.mjs': [
      'export const a = {\n  b: 1\n  c: 2,\n};',
      /Unexpected identifier 'c' \(.*syntax\.mjs:3\)/,
    ],
    'syntax.cjs': ['module.exports = {\n', /Unexpected end of input \(.*syntax\.cjs:2\)/],
    'throws.mjs': [
      `\nthrow new RangeError('no such thing');`,
      /it threw RangeError: no such thing \(.*throws\.mjs:2/,
    ],
    'chart.mjs': [
      `import { createMachine } from 'xstate';
       const states = { a: { on: { GO: 'nowhere' } } };
       export const machines = { order: createMachine({ id: 'order', initial: 'a', states }) };`,
      /it threw Error: Invalid transition .* 'order\.a': .*'nowhere'/,
    ],
    'words.mjs': [`throw 'words';`, /it threw "words"/],
    'await.ts': ['await 0; export const machines = {};', /Top-level await.*; name the file \.mts/],
    'needs.mjs': [`import 'not-installed';`, /Cannot find package 'not-installed'.*install/],
    'none.mjs': ['export const machine = 1;', /has no export `machines`; write `export const/],
    'array.mjs': ['export const machines = [];', /is no object of machines by name/],
    'number.mjs': ['export const machines = 7;', /is no object of machines by name/],
    'empty.mjs': ['export const machines = {};', /is empty/],
    'options.mjs': [
      `import { createMachine } from 'xstate';
       export const machines = { machine: createMachine({}), replication: {} };`,
      /is one machine and lacks its name/,
    ],
    'one.mjs': [
      `import { createMachine } from 'xstate'; export const machines = createMachine({});`,
      /is one machine and lacks its name/,
    ],
  };
  test('with machines-unreadable, in one line', async () => {
    const texts = Object.entries(unreadable).map(([name, [text]]) => [name, text] as const);
    for (const [name, { code, message = '' }] of await loadWritten(Object.fromEntries(texts))) {
      assert.match(message, unreadable[name]?.[1] ?? /never/);
      assert.equal(code, 'machines-unreadable');
      assert.ok(message.includes(name), name);
      assert.ok(!message.includes('\n'), name);
    }
  });

  test('a file that is not there, or no file, is machines-unreadable', async () => {
    const folder = emptyFolder();
    assert.match(
      (await load(join(folder, 'gone.ts'))).message ?? '',
      /there is no file .*gone\.ts/,
    );
    const { code, message } = await load(folder);
    assert.match(message ?? '', /is no file/);
    assert.equal(code, 'machines-unreadable');
  });

  test('machines that cannot be replicated are refused all at once, a line for each reason', async () => {
    const { code, message = '' } = await load(
      written(
        'unfit.mjs',
        `import { createMachine } from 'xstate';
         export const machines = {
           order: createMachine({ initial: 'a', states: { a: { entry: 'ring' } } }),
           'two words': createMachine({}),
           lifecycle: createMachine({}),
           number: 1,
         };`,
      ),
    );
    const [head = '', ...lines] = message.split('\n');
    assert.equal(code, 'machine-unsupported');
    assert.match(head, /unfit\.mjs cannot be replicated faithfully:$/);
    assert.equal(lines.length, 4);
    for (const name of ['order', 'two words', 'lifecycle', 'number']) {
      assert.ok(
        lines.some((line) => line.includes(`"${name}"`)),
        name,
      );
    }
  });
});
