import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createColors } from 'picocolors';
import {
  faultLine,
  faultOf,
  parseFaultLine,
  statusOf,
  usageError,
} from '../../runtime/cli/exit.ts';
import { isAboutALink, readableLog } from '../../runtime/cli/log.ts';
import { mayColour } from '../../runtime/cli/output.ts';
import { progressOn } from '../../runtime/cli/progress.ts';
import { renderTable } from '../../runtime/cli/table.ts';

const columns = [{ title: 'node' }, { title: 'term', align: 'right' }] as const;
const rows = [
  ['n1', '7'],
  ['another', '12345'],
];

describe('a table', () => {
  test('is aligned text where no terminal shows it', () => {
    assert.equal(
      renderTable(columns, rows, false),
      ['node      term', 'n1           7', 'another  12345'].join('\n'),
    );
  });

  test('is drawn on a terminal, without colours of its own', () => {
    const drawn = renderTable(columns, rows, true);
    assert.match(drawn, /│ n1 +│ +7 │/);
    assert.ok(!drawn.includes('\u001B'));
  });
});

test('colours are for terminals that want them', () => {
  const { NO_COLOR, TERM } = process.env;
  delete process.env.NO_COLOR;
  process.env.TERM = 'xterm';
  assert.ok(mayColour({ isTTY: true }));
  assert.ok(!mayColour({}));
  process.env.TERM = 'dumb';
  assert.ok(!mayColour({ isTTY: true }));
  process.env.TERM = 'xterm';
  process.env.NO_COLOR = '1';
  assert.ok(!mayColour({ isTTY: true }));
  restore('NO_COLOR', NO_COLOR);
  restore('TERM', TERM);
});

const restore = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};

describe('progress', () => {
  const on = (isTTY: boolean) => {
    let written = '';
    const stream = { isTTY, columns: 20, write: (text: string) => (written += text) };
    const progress = progressOn(stream as unknown as NodeJS.WriteStream);
    return { progress, written: () => written };
  };

  test('is a line each where it is piped, and none twice', () => {
    const { progress, written } = on(false);
    progress.say('one');
    progress.say('one');
    progress.note('stays');
    progress.say('two');
    progress.done();
    assert.equal(written(), 'one\nstays\ntwo\n');
  });

  test('is one line that changes on a terminal, and never wraps', () => {
    const { progress, written } = on(true);
    const erase = '\r\u001B[2K';
    progress.say('a line that is longer than that');
    progress.note('stays');
    progress.done();
    const shown = 'a line that is long';
    assert.equal(written(), `${erase}${shown}${erase}stays\n${shown}${erase}`);
  });
});

describe('a log line', () => {
  const plain = createColors(false);
  const line = JSON.stringify({
    level: 40,
    time: '2026-11-22T21:24:37.128Z',
    node: 'n1',
    peer: 'n2',
    code: 'peer-unreachable',
    msg: 'link lost',
  });

  test('reads well', () => {
    assert.equal(
      readableLog(line, plain),
      '21:24:37.128 warn  link lost  {"peer":"n2","code":"peer-unreachable"}',
    );
  });

  test('is known where it is about a link', () => {
    assert.ok(isAboutALink(line));
    assert.ok(!isAboutALink(line.replace('peer-unreachable', 'peer-garbage')));
  });

  test('that is none of ours stays as it is', () => {
    for (const text of ['', 'words', '{', '{}', '{"level":"warn"}']) {
      assert.equal(readableLog(text, plain), text);
      assert.ok(!isAboutALink(text));
    }
  });
});

describe('a fault', () => {
  test('is one line that can be read back', () => {
    const fault = { code: 'port-in-use', message: '127.0.0.1:7101 is taken: stop it' } as const;
    assert.equal(faultLine(fault), 'quorate: port-in-use: 127.0.0.1:7101 is taken: stop it');
    assert.deepEqual(parseFaultLine(faultLine(fault)), fault);
  });

  test('is not read from other lines', () => {
    for (const line of ['quorate: hello: x', 'quorate: port-in-use', 'port-in-use: x', '']) {
      assert.equal(parseFaultLine(line), null);
    }
  });

  test('of usage is status 2, any other 1', () => {
    assert.equal(statusOf(faultOf(usageError('no'))), 2);
    assert.equal(statusOf(faultOf(new Error('a bug'))), 1);
  });

  test('of ours says where, in one line', () => {
    const { code, message } = faultOf(new TypeError('a bug'));
    assert.equal(code, 'internal');
    assert.match(message, /^TypeError: a bug at .*output\.test\.ts:\d+/);
    assert.equal(faultOf('words').message, 'words');
  });
});
