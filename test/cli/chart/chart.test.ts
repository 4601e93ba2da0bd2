/** `quorate chart` as a command, and the drawings that this repository keeps. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { nodeMachine } from '../../../machines/node.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import { chosenMachine } from '../../../runtime/cli/chart/chosen-machine.ts';
import { drawn } from '../../../runtime/cli/chart/drawn.ts';
import { inSvg } from '../../../runtime/cli/chart/svg.ts';
import { root } from '../../cluster/cluster.ts';
import { emptyFolder, quorate } from '../run-quorate.ts';

const nodeChart = path.join(root, 'machines/node.ts');

function moduleOf(text: string): string {
  const file = path.join(emptyFolder(), 'charts.mjs');
  writeFileSync(file, `import { createMachine } from 'xstate';\n${text}\n`);
  return file;
}
const machine = (id: string): string => `createMachine({ id: '${id}' })`;
const replicatedAs = (id: string): string => `{ machine: ${machine(id)}, replication: {} }`;

describe('quorate chart', () => {
  test('gives the one machine that a file of this project exports as data, into a file', async () => {
    const out = path.join(emptyFolder(), 'node.json');
    const { status, stdout, stderr } = await quorate('chart', nodeChart, '--json', '--out', out);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    const chart: unknown = JSON.parse(readFileSync(out, 'utf8'));
    assert.deepEqual(chart, JSON.parse(JSON.stringify(chartOf(nodeMachine))));
  });

  test('ends, though the module goes on, and gives an SVG where nothing else is asked for', async () => {
    const file = moduleOf(`export const one = ${machine('first')}; setInterval(() => {}, 1000);`);
    const { status, stdout, stderr } = await quorate('chart', file);
    assert.match(stdout, /^<svg [\s\S]*<title id="title">Statechart of first<[\s\S]*<\/svg>\n$/);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  test('says what is wrong in one line', async () => {
    const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [['--svg', '--json'], /'--svg' cannot be used with option '--json'/],
      [['--json', '--out', '/nowhere/chart.json'], /--out \/nowhere\/chart.json cannot be written/],
    ];
    for (const [args, says] of wrong) {
      const { status, stdout, stderr } = await quorate('chart', nodeChart, ...args);
      assert.match(stderr, says);
      assert.match(stderr, /^quorate: usage: [^\n]+\n$/);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    }
  });
});

describe('the machine that is meant', () => {
  const file = (): string =>
    moduleOf(
      `export const machines = { one: ${machine('first')}, two: ${replicatedAs('second')} };
       export const another = ${machine('third')};`,
    );
  test('is found in `machines`, by its name or its id', async () => {
    assert.equal((await chosenMachine(file(), 'one')).id, 'first');
    assert.equal((await chosenMachine(file(), 'two')).id, 'second');
    assert.equal((await chosenMachine(file(), 'second')).id, 'second');
  });
  test('is found under a name of its own, where there is no `machines`', async () => {
    const text = `const a = ${machine('x')}; export { a, a as same }; export const limit = 7;`;
    assert.equal((await chosenMachine(moduleOf(text), undefined)).id, 'x');
  });

  const two = `export const a = ${machine('x')}, b = ${machine('y')};`;
  const refused: readonly (readonly [
    why: string,
    text: string | null,
    asked: string | undefined,
    code: string,
    says: RegExp,
  ])[] = [
    ['the file', null, undefined, 'machines-unreadable', /there is no file .*nowhere\.ts/],
    ['any', 'export const a = 7;', undefined, 'machines-unreadable', /exports no machine; write /],
    ['any in `machines`', 'export const machines = {};', 'a', 'machines-unreadable', /no machine/],
    ['one of that name', two, 'c', 'usage', /has no machine "c"; there are: a, b\./],
    ['a name, among several', two, undefined, 'usage', /has several machines; .*: a, b\./],
  ];
  for (const [why, text, asked, code, says] of refused) {
    test(`is asked for again where there is not ${why}`, async () => {
      const given = text === null ? 'nowhere.ts' : moduleOf(text);
      await assert.rejects(chosenMachine(given, asked), { code, message: says });
    });
  }
});

/** As `npm run drawings` has it. */
const commands = (
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: { drawings: string };
  }
).scripts.drawings.split(' && ');

describe('the drawings that stand in the README', () => {
  for (const command of commands) {
    const [, , , file = '', ...flags] = command.split(' ');
    const kept = flags.at(-1) ?? '';
    test(`${kept} is what \`npm run drawings\` makes`, async () => {
      const chart = chartOf(await chosenMachine(path.join(root, file), undefined));
      const fresh = inSvg(chart, await drawn(chart, flags.includes('--brief') ? 'brief' : 'full'));
      const isSame = fresh === readFileSync(path.join(root, kept), 'utf8');
      assert.ok(isSame, 'it has changed; run `npm run build && npm run drawings`');
      assert.ok(readFileSync(path.join(root, 'README.md'), 'utf8').includes(`](${kept})`));
    });
  }
  test('are two', () => assert.equal(commands.length, 2));
});
