import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import { describe, test } from 'vitest';
import * as read from '../../runtime/cli/arguments.ts';
import { clientUrl } from '../../runtime/client/address.ts';

const refuses = (parse: (text: string) => unknown, ...texts: readonly string[]): void => {
  for (const text of texts) {
    assert.throws(() => parse(text), InvalidArgumentError, `"${text}" must be refused`);
  }
};

test('a name is 1 to 64 of a few characters', () => {
  assert.equal(read.name('n-1_a.B'), 'n-1_a.B');
  assert.equal(read.name('x'.repeat(64)).length, 64);
  refuses(read.name, '', 'a b', 'n/1', 'ä', 'x'.repeat(65), 'n\n');
});

describe('an address', () => {
  test('is a host and a port', () => {
    assert.deepEqual(read.address('127.0.0.1:7101'), { host: '127.0.0.1', port: 7101 });
    assert.deepEqual(read.address('node-1.example:1'), { host: 'node-1.example', port: 1 });
    assert.deepEqual(read.address('[::1]:65535'), { host: '::1', port: 65_535 });
  });

  test('is refused when any part of it is not one', () => {
    refuses(read.address, '7101', ':7101', 'host', 'host:', '::1:7101', '[::1]', '[zz]:1');
    refuses(read.address, 'h:0', 'h:65536', 'h:1e3', 'h:-1', 'h: 1', 'h:1:2', '127.0.0.256:1');
    refuses(read.address, '-h:1', 'a..b:1', 'a b:1', 'ws://h:1');
  });

  test('is shown as it was typed', () => {
    for (const text of ['127.0.0.1:7101', '[::1]:7101', 'localhost:1']) {
      assert.equal(read.showAddress(read.address(text)), text);
    }
  });

  test('is loopback only where no other machine can come', () => {
    const loopback = ['127.0.0.1:1', '127.9.9.9:1', 'localhost:1', '[::1]:1'];
    const open = ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', '127.example:1', 'localhost.example:1'];
    for (const text of loopback) assert.ok(read.isLoopback(read.address(text)), text);
    for (const text of open) assert.ok(!read.isLoopback(read.address(text)), text);
  });
});

describe('a peer', () => {
  test('is a name and an address to dial', () => {
    const peers = read.peer('n3=wss://h/p', read.peer('n2=ws://127.0.0.1:7102'));
    assert.deepEqual(
      [...peers],
      [
        ['n2', 'ws://127.0.0.1:7102'],
        ['n3', 'wss://h/p'],
      ],
    );
  });

  test('is refused when it is given twice, by name or by address', () => {
    const one = read.peer('n2=ws://h:1');
    assert.throws(() => read.peer('n2=ws://h:2', one), /n2 was given twice/);
    assert.throws(() => read.peer('n3=ws://h:1/', one), /n2 has that address already/);
  });

  test('is refused when it is nothing to dial', () => {
    refuses(read.peer, 'n2', 'ws://h:1', 'n2=', 'n2=h:1', 'n2=http://h:1', 'n 2=ws://h:1');
    refuses(read.peer, 'n2=ws://u@h:1', 'n2=ws://h:1/?a', 'n2=ws://h:1/#a', 'n2=ws://h:99999');
  });
});

test('a client finds its door behind any address of a node', () => {
  const door = 'ws://127.0.0.1:7101/v1/client';
  const bare = '127.0.0.1:7101';
  for (const text of ['ws://127.0.0.1:7101', 'http://127.0.0.1:7101/', bare, `${bare}/`, door]) {
    assert.deepEqual(read.url(text), [door]);
  }
  assert.deepEqual(read.url('localhost:1'), ['ws://localhost:1/v1/client']);
  assert.deepEqual(read.url('[::1]:1'), ['ws://[::1]:1/v1/client']);
  assert.equal(clientUrl(new URL('https://h')), 'wss://h/v1/client');
  assert.deepEqual(read.url('http://h:1', read.url('ws://h:1')), ['ws://h:1/v1/client']);
  refuses(read.url, '127.0.0.1', ':7101', 'h:99999', 'u@h:1', 'ftp://h:1', 'ws://h:1?x=1');
});

test('the key is all that follows the first slash', () => {
  assert.deepEqual(read.instance('order/42'), { machine: 'order', key: '42' });
  assert.deepEqual(read.instance('order/a/b c'), { machine: 'order', key: 'a/b c' });
  assert.equal(read.instance(`order/${'k'.repeat(512)}`).key.length, 512);
  refuses(read.instance, 'order', 'order/', '/42', 'a b/1', `order/${'k'.repeat(513)}`);
});

test('an event is a name, or JSON with a type', () => {
  assert.deepEqual(read.machineEvent('RUN'), { type: 'RUN' });
  assert.deepEqual(read.machineEvent(' {"type":"PUT","value":[1]}'), { type: 'PUT', value: [1] });
  refuses(read.machineEvent, '', ' ', '{', '{}', '{"type":1}', '{"type":""}');
  refuses(read.machineEvent, '[1]', ' [{"type":"RUN"}]', '"PAY"', '{bad');
});

test('numbers are whole and within their bounds', () => {
  const oneToTen = read.wholeNumber(1, 10);
  assert.equal(oneToTen('10'), 10);
  refuses(oneToTen, '0', '11', '1.5', '1e1', '+1', ' 1', '', 'ten', '0x1');
});

test('a proposal id is a UUID', () => {
  const uuid = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
  assert.equal(read.uuid(uuid), uuid);
  refuses(read.uuid, 'x', uuid.slice(1), `${uuid}0`);
});
