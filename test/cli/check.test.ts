import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { eventsByMachine } from '../../runtime/cli/check/events.ts';
import { lateProgress } from '../../runtime/cli/check/late-progress.ts';
import { inLines } from '../../runtime/cli/check/verdict.ts';
import { emptyFolder, quorate } from './run-quorate.ts';

function written(name: string, text: string, folder = emptyFolder()): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const fit = `
  import { assign, createMachine } from 'xstate';
  const order = createMachine({
    context: { cents: 0 },
    initial: 'open',
    states: {
      open: {
        on: {
          PAY: {
            guard: ({ event }) => event.by.cents > 0,
            target: 'paid',
            actions: assign({ cents: ({ event }) => event.by.cents }),
          },
        },
      },
      paid: { after: { 1000: 'shipped' } },
      shipped: { type: 'final' },
    },
  });
  const light = createMachine({
    initial: 'green',
    states: { green: { on: { GO: 'red' } }, red: { on: { GO: 'green' } } },
  });
  // Whatever a module leaves running must not keep the check from ending.
  setInterval(() => {}, 1000);
`;

const unfit = `
  import { assign, createMachine } from 'xstate';
  import { replicated, sendToInstance } from 'quorate';
  const clocked = createMachine({
    context: { at: 0 },
    initial: 'a',
    states: {
      a: { on: { GO: 'b' } },
      b: { on: { SEE: { actions: assign({ at: () => Date.now() }) } } },
    },
  });
  const astray = createMachine({ entry: sendToInstance({ machine: 'nobody', key: '1' }, { type: 'X' }) });
  export const machines = {
    clocked: replicated(clocked, { missedDeadlines: 'fire' }),
    astray,
    mute: createMachine({ entry: 'ring' }),
    well: createMachine({}),
    two: 2,
  };
`;

describe('quorate check', () => {
  test('says of machines that are fit how far it got, and ends', async () => {
    const file = written('fit.ts', `${fit} export const machines = { order, light };`);
    assert.deepEqual(await quorate('check', file), {
      status: 0,
      stdout: [
        'order: ok, 1 state visited, 2 transitions tried',
        '  never at rest in: paid, shipped (events with payloads may get there: --events)',
        'light: ok, 2 states visited, 3 transitions tried',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('with the events of the module, or of another file, it gets further', async () => {
    const pay = `{ order: [{ type: 'PAY', by: { cents: 5 } }] }`;
    const folder = emptyFolder();
    const plain = written('fit.ts', `${fit} export const machines = { order };`, folder);
    const runs = [
      [
        'check',
        written('own.ts', `${fit} export const machines = { order }, events = ${pay};`, folder),
      ],
      ['check', plain, '--events', written('events.mjs', `export const events = ${pay};`, folder)],
      [
        'check',
        plain,
        '--events',
        written('events.json', `[{ "type": "PAY", "by": { "cents": 5 } }]`, folder),
      ],
    ];
    for (const args of runs) {
      const { status, stdout, stderr } = await quorate(...args);
      assert.equal(stderr, '');
      assert.equal(stdout, 'order: ok, 3 states visited, 6 transitions tried\n');
      assert.equal(status, 0);
    }
  });

  test('says of those that are not where, what and what to do, and ends with status 1', async () => {
    const file = written('unfit.mts', unfit);
    const { status, stdout, stderr } = await quorate('check', file);
    const lines = stdout.trimEnd().split('\n');
    const patterns = [
      /^clocked: 1 problem, 3 states visited, 7 transitions tried$/,
      /^ {2}state "b": on SEE it reads the clock \(`Date\.now` at \S*\/unfit\.mts:9:\d+\), so that nodes would differ in `context\.at`\. \[reads-clock\]$/,
      /^ {4}seen: on GO, on SEE$/,
      /^ {4}Let whoever sends the event put the time into it, or wait with `after`\.$/,
      /^astray: 1 problem, 1 state visited, 1 transition tried$/,
      /^ {2}when it begins it sends to an instance of "nobody", which no machine is called\. \[unknown-target\]$/,
      /^ {4}There are clocked, astray, mute, well, two\.$/,
      /^mute: 1 problem, by its definition; not run$/,
      /^ {2}on entry it runs the action "ring", which is not implemented\. \[not-implemented\]$/,
      /^ {4}Implement it/,
      /^well: ok, 1 state visited, 1 transition tried$/,
      /^two: 1 problem, by its definition; not run$/,
      /^ {2}it is not a machine made by XState 5\. \[not-a-machine\]$/,
      /^ {4}Use what/,
    ];
    for (const [at, pattern] of patterns.entries()) assert.match(lines[at] ?? '', pattern);
    assert.equal(lines.length, patterns.length);
    assert.equal(
      stderr,
      'quorate: machine-unsupported: clocked, astray, mute, two cannot be replicated faithfully; what to do stands above.\n',
    );
    assert.equal(status, 1);
  });

  test('names the file where the loader has lost the line', async () => {
    const { stdout } = await quorate('check', written('unfit.ts', unfit));
    assert.match(stdout, /\(`Date\.now` at \S*\/unfit\.ts\)/);
  });

  test('says the same to programs', async () => {
    const { status, stdout, stderr } = await quorate(
      'check',
      written('unfit.mts', unfit),
      '--json',
    );
    const result = JSON.parse(stdout) as {
      ok: boolean;
      file: string;
      machines: readonly { name: string; ok: boolean; problems: readonly { code: string }[] }[];
    };
    assert.equal(result.ok, false);
    assert.match(result.file, /unfit\.mts$/);
    assert.deepEqual(
      result.machines.map(({ name, ok, problems }) => [name, ok, problems.map(({ code }) => code)]),
      [
        ['clocked', false, ['reads-clock']],
        ['astray', false, ['unknown-target']],
        ['mute', false, ['not-implemented']],
        ['well', true, []],
        ['two', false, ['not-a-machine']],
      ],
    );
    assert.match(stderr, /^quorate: machine-unsupported: [^\n]+\n$/);
    assert.equal(status, 1);
  });

  test('says on request what does not stand in the way', async () => {
    const file = written('fit.ts', `${fit} export const machines = { order };`);
    const { status, stdout } = await quorate('check', file, '--verbose');
    assert.match(stdout, /\n {2}note: state "open": on PAY it throws: .*reading 'cents'/);
    assert.equal(status, 0);
  });

  test('refuses what it cannot use, in one line', async () => {
    const folder = emptyFolder();
    const file = written('fit.ts', `${fit} export const machines = { order };`, folder);
    const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [[join(folder, 'gone.ts')], /there is no file .*gone\.ts/],
      [[file, '--events', join(folder, 'gone.json')], /there is no file .*--events/],
      [[file, '--events', file], /has no export `events`/],
      [[file, '--events', written('a.json', '{', folder)], /is no JSON/],
      [[file, '--events', written('b.json', '7', folder)], /is no list and no object/],
    ];
    for (const [args, says] of wrong) {
      const { status, stdout, stderr } = await quorate('check', ...args);
      assert.match(stderr, says);
      assert.match(stderr, /^quorate: machines-unreadable: [^\n]+\n$/);
      assert.equal(stdout, '');
      assert.equal(status, 1);
    }
  });
});

describe('events for trying', () => {
  const names = ['order', 'stock'];
  const pay = { type: 'PAY', cents: 1 };
  const begin = { type: 'xstate.init', input: 1 };

  test('are for all machines, or for each by its name, or not given', () => {
    assert.deepEqual(eventsByMachine(undefined, names, 'e.ts')('order'), []);
    assert.deepEqual(eventsByMachine([pay], names, 'e.ts')('stock'), [pay]);
    const byName = eventsByMachine({ order: [pay, begin] }, names, 'e.ts');
    assert.deepEqual([byName('order'), byName('stock')], [[pay, begin], []]);
  });

  const wrong: readonly (readonly [given: unknown, says: RegExp])[] = [
    [null, /is no list and no object/],
    [{ oder: [] }, /is for "oder", and there is no such machine \(there are: order, stock\)/],
    [{ order: pay }, /for "order" is no list/],
    [[pay, {}], /at place 2 .* no `type`/],
    [[null], /at place 1 .* no `type`/],
    [[{ type: '' }], /no `type`/],
    [[{ type: 'xstate.stop' }], /of XState's own events, only xstate\.init/],
  ];
  for (const [given, says] of wrong) {
    test(`are not ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => eventsByMachine(given, names, 'e.ts'),
        (error) => {
          assert.ok(error instanceof QuorateError);
          assert.equal(error.code, 'machines-unreadable');
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }
});

test('what is quickly done makes no progress to speak of, and the rest not too often', () => {
  const said: string[] = [];
  let nowMs = 5_000;
  const progress = lateProgress(
    { say: (text) => said.push(text), done: () => said.push('done') },
    { nowMs: () => nowMs },
  );
  for (const atMs of [5_001, 6_999, 7_000, 7_001, 7_499, 7_500]) {
    nowMs = atMs;
    progress.say(String(atMs));
  }
  progress.done();
  assert.deepEqual(said, ['7000', '7500', 'done']);
});

describe('a verdict', () => {
  const covered = { states: 2_000, steps: 1, endedBy: 'states', unreached: [] } as const;
  const checked = { name: 'm', ok: true, problems: [], notes: [], covered };

  test('says where it has not been', () => {
    assert.equal(
      inLines(checked, false),
      'm: ok, 2,000 states visited, 1 transition tried; there was more, but no more room for states',
    );
    for (const endedBy of ['steps', 'time', 'problems'] as const) {
      assert.match(
        inLines({ ...checked, covered: { ...covered, endedBy } }, false),
        /; there was more/,
      );
    }
    const unreached = Array.from({ length: 10 }, (_, at) => `s${at}`);
    assert.match(
      inLines({ ...checked, covered: { ...covered, unreached } }, false),
      /\n {2}never at rest in: s0, .*s7, and 2 more \(/,
    );
  });
});
