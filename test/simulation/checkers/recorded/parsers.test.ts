import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { parseJepsenLog } from './jepsen-log.ts';
import { parseKvHistory } from './kv-history.ts';

const jepsen = (...lines: string[]): string =>
  lines.map((line) => `INFO  jepsen.util - ${line.replaceAll(' :', '\t:')}\n`).join('');

const kv = (...lines: string[]): string => lines.map((line) => `{:process ${line}}\n`).join('');

describe('a Jepsen log', () => {
  test('tells of reads, writes and swaps, and of how each ended', () => {
    const text = [
      'INFO  jepsen.util - 4\t:invoke\t:read\tnil\n',
      'INFO  jepsen.util - 4\t:ok\t:read\tnil\n',
      'INFO  jepsen.util - 12   :invoke :write  3\n',
      'INFO  jepsen.util - 12   :ok     :write  3\n',
      'INFO  jepsen.util - 4\t:invoke\t:cas\t[3 10]\n',
      'INFO  jepsen.util - 5\t:invoke\t:read\tnil\n',
      'INFO  jepsen.util - 4\t:ok\t:cas\t[3 10]\n',
      'INFO  jepsen.util - 5\t:ok\t:read\t10\n',
    ].join('');
    assert.deepEqual(parseJepsenLog(text), [
      { type: 'call', client: '4', input: { op: 'read' } },
      { type: 'return', client: '4', output: null },
      { type: 'call', client: '12', input: { op: 'write', value: 3 } },
      { type: 'return', client: '12', output: null },
      { type: 'call', client: '4', input: { op: 'cas', from: 3, to: 10 } },
      { type: 'call', client: '5', input: { op: 'read' } },
      { type: 'return', client: '4', output: true },
      { type: 'return', client: '5', output: 10 },
    ]);
  });

  test.each([
    [':invoke :cas [1 2]', ':fail :cas [1 2]', { type: 'return', client: '1', output: false }],
    [':invoke :cas [1 2]', ':info :cas :timed-out', { type: 'unknown', client: '1' }],
    [':invoke :write 1', ':info :write :timed-out', { type: 'unknown', client: '1' }],
    [':invoke :read nil', ':fail :read :timed-out', { type: 'refused', client: '1' }],
  ])('"%s" that ends "%s"', (call, end, event) => {
    assert.deepEqual(parseJepsenLog(jepsen(`1 ${call}`, `1 ${end}`))[1], event);
  });

  test.each([
    ['no such operation', ['1 :invoke :delete nil']],
    ['no such end', ['1 :invoke :read nil', '1 :done :read 1']],
    ['a read of a given value', ['1 :invoke :read 1']],
    ['a write of a pair', ['1 :invoke :write [1 2]']],
    ['a write of a word', ['1 :invoke :write one']],
    ['a swap of a single value', ['1 :invoke :cas 1']],
    ['a swap of three values', ['1 :invoke :cas [1 2 3]']],
    ['an answer without a question', ['1 :ok :read 1']],
    ['an answer to another question', ['1 :invoke :write 1', '1 :ok :read 1']],
    ['an answer to another client', ['1 :invoke :write 1', '2 :ok :write 1']],
    ['an answer with another value', ['1 :invoke :write 1', '1 :ok :write 2']],
    ['an answer with another pair', ['1 :invoke :cas [1 2]', '1 :fail :cas [1 3]']],
    ['a success that timed out', ['1 :invoke :write 1', '1 :ok :write :timed-out']],
    ['a write that fails with its value', ['1 :invoke :write 1', '1 :fail :write 1']],
    ['a read of a word', ['1 :invoke :read nil', '1 :ok :read one']],
    ['an empty line', ['1 :invoke :read nil', '']],
  ])('is refused for %s', (_, lines) => {
    const line = new RegExp(`^Error: line ${lines.length} is not understood`);
    assert.throws(() => parseJepsenLog(jepsen(...lines)), line);
  });

  test('is refused where its last line is cut off', () => {
    const text = jepsen('1 :invoke :write 12').slice(0, -2);
    assert.throws(() => parseJepsenLog(text), /the last line is cut off/);
  });
});

describe('a history of texts by key', () => {
  test('tells of gets, puts and appends', () => {
    const text = kv(
      '0, :type :invoke, :f :get, :key "5", :value nil',
      '1, :type :invoke, :f :put, :key "5", :value "x"',
      '0, :type :ok, :f :get, :key "5", :value ""',
      '1, :type :ok, :f :put, :key "5", :value "x"',
      '2, :type :invoke, :f :append, :key "5", :value " y"',
      '2, :type :ok, :f :append, :key "5", :value " y"',
    );
    assert.deepEqual(parseKvHistory(text), [
      { type: 'call', client: '0', input: { op: 'get', key: '5' } },
      { type: 'call', client: '1', input: { op: 'put', key: '5', value: 'x' } },
      { type: 'return', client: '0', output: '' },
      { type: 'return', client: '1', output: null },
      { type: 'call', client: '2', input: { op: 'append', key: '5', value: ' y' } },
      { type: 'return', client: '2', output: null },
    ]);
  });

  const put = '1, :type :invoke, :f :put, :key "5", :value "x"';
  const get = '1, :type :invoke, :f :get, :key "5", :value nil';
  test.each([
    ['no such operation', ['1, :type :invoke, :f :delete, :key "5", :value nil']],
    ['no such end', [put, '1, :type :info, :f :put, :key "5", :value "x"']],
    ['a get of a given value', ['1, :type :invoke, :f :get, :key "5", :value "x"']],
    ['a put of nothing', ['1, :type :invoke, :f :put, :key "5", :value nil']],
    ['an answer without a question', ['1, :type :ok, :f :get, :key "5", :value "x"']],
    ['an answer to another question', [get, '1, :type :ok, :f :put, :key "5", :value "x"']],
    ['an answer of another key', [get, '1, :type :ok, :f :get, :key "6", :value "x"']],
    ['an answer with another value', [put, '1, :type :ok, :f :put, :key "5", :value "y"']],
    ['a get without an answer', [get, '1, :type :ok, :f :get, :key "5", :value nil']],
    [
      'an escape, which it has no need of',
      [String.raw`1, :type :invoke, :f :put, :key "5", :value "\n"`],
    ],
  ])('is refused for %s', (_, lines) => {
    const line = new RegExp(`^Error: line ${lines.length} is not understood`);
    assert.throws(() => parseKvHistory(kv(...lines)), line);
  });
});
