import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Packr } from 'msgpackr';
import { test } from 'vitest';
import type { Command } from '../../../machines/protocol/entry.ts';
import { proposalId, toIndex } from '../../../machines/protocol/ids.ts';
import { decodeCommand, encodeCommand } from '../../../runtime/command-codec.ts';

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
