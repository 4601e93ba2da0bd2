import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { test } from 'vitest';

const top = join(import.meta.dirname, '..');

type Source = Readonly<{ path: string; lines: number; code: string; imports: readonly string[] }>;

const withoutComments = (text: string): string =>
  text.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (found) => (found.startsWith('/') ? ' ' : found),
  );
const withoutStrings = (code: string): string =>
  code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");

/** Where a file is imported from within the tree, by its path there; a package by its name. */
function importsOf(path: string, code: string): string[] {
  const statements = /^(?:import|export)\s(?:[^'";=()]*\sfrom\s)?\s*['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"]([^'"]+)['"]/g;
  const named = [...code.matchAll(statements), ...code.matchAll(calls)].map(
    ([, from = '']) => from,
  );
  return named.map((from) =>
    from.startsWith('.') ? join(dirname(path), from).split(sep).join('/') : from,
  );
}

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('node_modules'))
    .map((name) => {
      const path = `${folder}/${name.split(sep).join('/')}`;
      const text = readFileSync(join(top, path), 'utf8');
      const code = withoutComments(text);
      return { path, lines: text.split('\n').length - 1, code, imports: importsOf(path, code) };
    })
    .toSorted((a, b) => a.path.localeCompare(b.path));
}

const machines = sourcesIn('machines');
const runtime = sourcesIn('runtime');

/** The layers, innermost first, and what each may lean on. */
const layers: readonly Readonly<{ name: string; holds: RegExp; mayImport: RegExp }>[] = [
  {
    name: 'protocol',
    holds: /^machines\/protocol\//,
    mayImport: /^machines\/protocol\//,
  },
  {
    name: 'rules',
    holds: /^machines\/rules\//,
    mayImport: /^machines\/(protocol|rules)\//,
  },
  {
    name: 'charts',
    holds: /^machines\/[\w-]+\.ts$/,
    mayImport: /^xstate$|^machines\/((protocol|rules)\/|[\w-]+\.ts$)/,
  },
  {
    // It steps the users' charts, and one of ours: the lifecycle of the cluster.
    name: 'replica',
    holds: /^machines\/replica\//,
    mayImport:
      /^(xstate(\/\w+)?|tinyqueue|devalue)$|^machines\/((protocol|replica)\/|lifecycle\.ts$)/,
  },
  {
    name: 'gallery',
    holds: /^machines\/gallery\//,
    mayImport: /^xstate$|^machines\/gallery\//,
  },
  {
    name: 'runtime',
    holds: /^runtime\//,
    mayImport: /^(machines|runtime)\/|^package\.json$|^[@\w](?!.*\.tsx?$)/,
  },
];

for (const { name, holds, mayImport } of layers) {
  test(`${name} leans on nothing outside of it`, () => {
    const strays = [...machines, ...runtime]
      .filter(({ path }) => holds.test(path))
      .flatMap(({ path, imports }) =>
        imports.filter((from) => !mayImport.test(from)).map((from) => `${path} imports ${from}`),
      );
    assert.deepEqual(strays, []);
  });
}

test('every file stands in a layer', () => {
  const homeless = [...machines, ...runtime].filter(
    ({ path }) => !layers.some(({ holds }) => holds.test(path)),
  );
  assert.deepEqual(
    homeless.map(({ path }) => path),
    [],
  );
});

test('no rule, chart or replica touches the world: no clock, dice, timer, socket, file or console', () => {
  const worldly =
    /\b(Date\.now|new Date\(\)|Math\.random|setTimeout\(|setInterval|setImmediate|queueMicrotask|performance\b|process\b|crypto\b|fetch\b|console\b|globalThis\b|Buffer\b)/;
  const found = machines.flatMap(({ path, code, imports }) => {
    const word = worldly.exec(withoutStrings(code))?.[1];
    return [
      ...(word === undefined ? [] : [`${path}: ${word}`]),
      ...imports.filter((from) => from.startsWith('node:')).map((from) => `${path}: ${from}`),
    ];
  });
  assert.deepEqual(found, []);
});

/** Real time and real entropy, called as such and not by way of a clock that was handed in. */
const realTime =
  /(?<![.\w])(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.hrtime|setTimeout|setInterval|setImmediate|randomBytes|randomUUID|getRandomValues|v[47])\(/g;

/** A port may have a method of that name. */
const declaredTimers = /^\s*setTimeout\([^)]*\): .*$/gm;

test('real time and real entropy come in through one file (runtime/clock.ts)', () => {
  const users = runtime
    .filter(({ code }) => {
      const calls = withoutStrings(code).replace(declaredTimers, '');
      return calls.search(realTime) >= 0;
    })
    .map(({ path }) => path);
  assert.deepEqual(users, ['runtime/clock.ts']);
});

/** Where a process begins, or has no seed that could replay it. */
const handsOutTheRealClock = [
  'runtime/check/',
  'runtime/cli/',
  'runtime/client/',
  'runtime/inspector/page/',
  'runtime/node.ts',
  // Waits for another process to let go of the data folder.
  'runtime/storage/lock.ts',
];

test('whoever needs a clock is handed one, except where a process begins', () => {
  const users = runtime
    .filter(({ code, path }) => /\brealClock\b/.test(code) && path !== 'runtime/clock.ts')
    .map(({ path }) => path);
  assert.deepEqual(
    users.filter((path) => !handsOutTheRealClock.some((known) => path.startsWith(known))),
    [],
  );
});

test('no file outgrows its reader', () => {
  const tooLong = [...machines, ...runtime].filter(({ lines }) => lines > 400);
  assert.deepEqual(
    tooLong.map(({ path, lines }) => `${path}: ${lines} lines`),
    [],
  );
});

test('a file is named after the thing in it: there is no drawer for odds and ends', () => {
  const drawers = [...machines, ...runtime, ...sourcesIn('test')].filter(({ path }) =>
    /(^|\/)(utils?|helpers?|common|misc|shared|types)(\.tsx?|\/)/.test(path),
  );
  assert.deepEqual(
    drawers.map(({ path }) => path),
    [],
  );
});

test('nothing that is shipped imports a test', () => {
  const strays = [...machines, ...runtime].filter(({ imports }) =>
    imports.some((from) => from.startsWith('test/') || from === 'vitest' || from === 'fast-check'),
  );
  assert.deepEqual(
    strays.map(({ path }) => path),
    [],
  );
});

test('nothing is exported by default, so that a thing has one name everywhere', () => {
  const defaults = [...machines, ...runtime].filter(({ code }) => /^export default\b/m.test(code));
  assert.deepEqual(
    defaults.map(({ path }) => path),
    [],
  );
});

test('the top of the repository holds what everybody looks for there, and nothing else', () => {
  const known = new Set([
    'machines',
    'runtime',
    'test',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'stately.config.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    // Made here, and not kept.
    'node_modules',
    'dist',
    'coverage',
  ]);
  const others = readdirSync(top).filter(
    (name) => !known.has(name) && !name.startsWith('.') && !name.endsWith('.tgz'),
  );
  assert.deepEqual(others, []);
});
