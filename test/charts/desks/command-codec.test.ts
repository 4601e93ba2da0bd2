import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Packr } from 'msgpackr';
import { test } from 'vitest';
import type { Chore } from '../../../machines/protocol/chore.ts';
import type { Command } from '../../../machines/protocol/entry.ts';
import { proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import {
  decodeCommand as decodePayload,
  encodeChore,
  encodeCommand,
} from '../../../runtime/command-codec.ts';

/** What a client asked for; chores have tests of their own below. */
function decodeCommand(payload: Uint8Array): Command | null {
  const decoded = decodePayload(payload);
  assert.ok(decoded === null || 'event' in decoded, 'no client can write a chore');
  return decoded;
}

const command: Command = {
  proposalId: proposalId('p'),
  machine: 'order',
  key: '42',
  event: { type: 'PAY', amount: 5 },
  since: toIndex(7),
};
const passedOn = (one: Command): Command | null => decodeCommand(encodeCommand(one));

test('a command comes out as it went in', () => {
  const names = fc.string({ maxLength: 20 });
  // What JSON can say of a number: it knows no minus zero.
  const data = fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
    .filter((value) => !JSON.stringify(value).includes('__proto__'));
  fc.assert(
    fc.property(names, names, names, names, data, data, (id, machine, key, type, detail, input) => {
      const event = { type, detail };
      const one: Command = { ...command, proposalId: proposalId(id), machine, key, event, input };
      assert.deepEqual(passedOn(one), one);
    }),
  );
});

test('an input that was not given stays so, and one of null is one', () => {
  assert.deepEqual(passedOn(command), command);
  assert.deepEqual(passedOn({ ...command, input: null }), { ...command, input: null });
});

test('an event may hold fields named as what objects have', () => {
  const details: readonly unknown[] = [
    { constructor: 1, toJSON: 1 },
    { constructor: { name: 'Map' }, toJSON: { type: 'A' } },
    { hasOwnProperty: 1, toString: 1, valueOf: 1, length: 3, buffer: 1, type: 'A' },
  ];
  for (const detail of details) {
    const one: Command = { ...command, event: { type: 'PAY', detail }, input: detail };
    assert.deepEqual(passedOn(one), one);
  }
});

test('each payload can be read alone, in any order', () => {
  const payloads = ['a', 'b', 'c'].map((key) => encodeCommand({ ...command, key }));
  assert.deepEqual(
    payloads.toReversed().map((payload) => decodeCommand(payload)?.key),
    ['c', 'b', 'a'],
  );
});

test('a payload that holds no command is none, on every node alike, and throws on none', () => {
  const packr = new Packr({ useRecords: false });
  const event = { type: 'PAY' };
  const strangers = [
    null,
    5,
    {},
    [],
    ['p', 'order', '42', event],
    ['p', 'order', '42', null, 7],
    ['p', 'order', '42', {}, 7],
    ['p', 'order', '42', { type: 5 }, 7],
    ['p', 'order', '42', event, '7'],
    ['p', 'order', '42', event, 0.5],
    ['p', 'order', 42, event, 7],
    ['p', null, '42', event, 7],
    [1, 'order', '42', event, 7],
  ];
  for (const fields of strangers) assert.equal(decodeCommand(packr.pack(fields)), null);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const decoded = decodeCommand(bytes);
      assert.ok(decoded === null || typeof decoded.event.type === 'string');
    }),
  );
});

/** A payload whose event holds just these bytes. */
function payloadWith(...detail: readonly number[]): Uint8Array {
  const payload = encodeCommand({ ...command, event: { type: 'PAY', detail: null } });
  const at = payload.indexOf(0xc0);
  return Uint8Array.from([...payload.subarray(0, at), ...detail, ...payload.subarray(at + 1)]);
}

const float = [0xcb, 0, 0, 0, 0, 0, 0];

test.each([
  ['no number', [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ['infinity', [0xca, 0x7f, 0x80, 0, 0]],
  ['minus zero', [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0]],
  ['half a number', float],
  ['a whole number of 64 bits', [0xcf, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['bytes', [0xc4, 1, 7]],
  ['a tag that means nothing', [0xc1]],
  ['a date', [0xd6, 0xff, 0, 0, 0, 0]],
  ['a set', [0xd4, 0x73, 0x00, 0x90]],
  ['half a surrogate pair', [0xa3, 0xed, 0xa0, 0x80]],
  ['bytes that are no UTF-8, in a long text', [0xd9, 40, ...Array<number>(39).fill(0x61), 0xff]],
  ['a text that ends elsewhere', [0xdb, 0xff, 0xff, 0xff, 0xff]],
  ['a list that promises more than there is', [0xdd, 0xff, 0xff, 0xff, 0xff]],
  ['a map that promises more than there is', [0xdf, 0xff, 0xff, 0xff, 0xff]],
  ['a field that is no text', [0x81, 1, 1]],
  ['a field named __proto__', [0x81, 0xa9, ...Buffer.from('__proto__'), 1]],
  ['the same in a longer form', [0x81, 0xda, 0, 9, ...Buffer.from('__proto__'), 1]],
])('an event with %s is no command: nodes might take it for different things', (_, detail) => {
  assert.equal(decodeCommand(payloadWith(...detail)), null);
});

test.each([
  [
    'a field that ends in __proto__',
    [0x81, 0xaa, ...Buffer.from('a__proto__'), 1],
    { a__proto__: 1 },
  ],
  ['a whole number as a float', [0xca, 0x40, 0, 0, 0], 2],
  ['text beyond ASCII', [0xd9, 4, 0xf0, 0x9f, 0x98, 0x80], '😀'],
  ['empty things', [0x93, 0x90, 0x80, 0xa0], [[], {}, '']],
])('an event with %s is one', (_, detail, expected) => {
  assert.deepEqual(decodeCommand(payloadWith(...detail))?.event['detail'], expected);
});

test('how deep an event may be is the same on every node, however full its stack is', () => {
  const nested = (depth: number): Uint8Array =>
    payloadWith(...Array<number>(depth).fill(0x91), 0xc0);
  const onAFullStack = (frames: number, payload: Uint8Array): Command | null =>
    frames === 0 ? decodeCommand(payload) : onAFullStack(frames - 1, payload);

  // The event itself is the first level.
  assert.notEqual(decodeCommand(nested(limits.eventDepthMax - 1)), null);
  for (const depth of [limits.eventDepthMax, 1_000, 3_000]) {
    assert.equal(decodeCommand(nested(depth)), null);
    assert.equal(onAFullStack(4_000, nested(depth)), null);
  }
});

const chore = (data: unknown): Chore => ({
  type: 'hear',
  machine: 'order',
  key: '42',
  effect: '12.0',
  term: toTerm(3),
  word: 1,
  said: { to: 'itself', event: { type: 'xstate.promise.resolve', data } as { type: string } },
});

const choreOnceMore = (one: Chore): unknown => decodePayload(encodeChore('p', one));

test('what an effect says comes out as it went in, whatever kind of data it is', () => {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle['itself'] = circle;
  const several: readonly unknown[] = [
    undefined,
    null,
    -0,
    Number.NaN,
    12n,
    new Date(0),
    new Map([['a', new Set([1])]]),
    Uint8Array.of(1, 2),
    circle,
  ];
  for (const data of several) {
    assert.deepEqual(choreOnceMore(chore(data)), { proposalId: 'p', chore: chore(data) });
  }
});

test('an error keeps its name, message and code, and loses its stack', () => {
  const error = Object.assign(new TypeError('no'), { code: 'E_NO' });
  const { chore: heard } = choreOnceMore({
    ...chore(null),
    said: { to: 'failure', error },
  } as Chore) as { chore: { said: { error: TypeError & { code: string } } } };
  const { name, message, code, stack } = heard.said.error;
  assert.deepEqual(
    { name, message, code, stack },
    { name: 'TypeError', message: 'no', code: 'E_NO', stack: 'TypeError: no' },
  );
  assert.ok(heard.said.error instanceof Error);
});

test('what is no data cannot be said', () => {
  class Thing {
    name = 'no plain object';
  }
  for (const data of [() => {}, Symbol('s'), new Thing()]) {
    assert.throws(() => encodeChore('p', chore(data)));
  }
});

test('two fields that say no chore are nothing, on every node alike', () => {
  const packr = new Packr({ useRecords: false });
  const texts = ['', 'x', '[]', '[{"type":1},"dance"]', '[{"type":1,"node":2},"tick","n1"]', '-7'];
  for (const text of texts) assert.equal(decodePayload(packr.pack(['p', text])), null);
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.equal(decodePayload(packr.pack(['p', text])), null);
    }),
  );
});
