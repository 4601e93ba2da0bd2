/** The payload of a log entry: decodeCommand. What it gives is applied on every node, so all must agree. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { limits } from '../../../machines/protocol/limits.ts';
import { decodeCommand, encodeChore, encodeCommand } from '../../../runtime/command-codec.ts';
import { anyNumber, anyValue, arrayOf, formsOf, joined } from '../grammar/messagepack.ts';
import { jsonValue } from '../grammar/json.ts';
import { assertPlain } from '../plain-data.ts';
import { inUtf8, pure, type Target } from '../target.ts';

/** As `run` would end on a node that is busy with much else: with little of the stack left. */
function onAFullStack<Result>(run: () => Result, frames = 4_000): Result {
  return frames === 0 ? run() : onAFullStack(run, frames - 1);
}

function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, held] of Object.entries(value)) {
    if (!Array.isArray(value)) yield name;
    yield* textsIn(held);
  }
}

/** The event and the input within a list: they may be as deep as events are. */
const depthMax = limits.eventDepthMax + 1;

function check(payload: Uint8Array): void {
  const command = decodeCommand(payload);
  assert.deepEqual(
    onAFullStack(() => decodeCommand(payload)),
    command,
    'what it means does not depend on the node',
  );
  const around = joined(Uint8Array.of(0x93, 0x91), payload, Uint8Array.of(0x91, 0x00));
  assert.deepEqual(decodeCommand(around.subarray(2, 2 + payload.length)), command);
  if (command === null) return;
  if ('chore' in command) {
    const again = decodeCommand(encodeChore(command.proposalId, command.chore));
    assert.deepEqual(again, command, 'it can be passed on');
    return;
  }

  assertPlain(command, depthMax);
  const { proposalId, machine, key, event, since } = command;
  for (const text of [proposalId, machine, key, event.type]) assert.equal(typeof text, 'string');
  assert.ok(Number.isSafeInteger(since));
  for (const text of [proposalId, machine, key, ...textsIn(event), ...textsIn(command.input)]) {
    assert.ok(Buffer.from(payload).includes(text), 'text is what stands there, byte for byte');
  }
  assert.deepEqual(decodeCommand(encodeCommand(command)), command, 'it can be passed on');
  assert.equal(decodeCommand(joined(payload, Uint8Array.of(0))), null, 'nothing may follow');
  assert.equal(decodeCommand(payload.subarray(0, -1)), null, 'nothing may be missing');
}

const name = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('order', '__proto__', ''));
const commandFields = fc
  .tuple(name, name, name, name, jsonValue, anyNumber, fc.option(jsonValue, { nil: undefined }))
  .map(([id, machine, key, type, detail, since, input]) => {
    const fields = [id, machine, key, { type, detail }, since];
    return input === undefined ? fields : [...fields, input];
  });

/** Right in all but what the event holds. */
const soundBut = fc
  .tuple(anyValue, fc.constantFrom(0x82, 0x83))
  .map(([detail, fields]) =>
    joined(
      Uint8Array.of(0x95, 0xa1, 0x70, 0xa5),
      inUtf8('order'),
      Uint8Array.of(0xa2, 0x34, 0x32, fields, 0xa4),
      inUtf8('type'),
      Uint8Array.of(0xa3),
      inUtf8('PAY'),
      ...Array.from({ length: fields - 0x81 }, (_, place) =>
        joined(Uint8Array.of(0xa1, 0x61 + place), detail),
      ),
      Uint8Array.of(7),
    ),
  );

const anyFields = fc.array(anyValue, { maxLength: 7 }).chain(arrayOf);
const nearly = fc
  .tuple(fc.array(anyValue, { minLength: 1, maxLength: 2 }), fc.nat({ max: 6 }))
  .chain(([odd, at]) =>
    fc
      .tuple(...['p', 'order', '42', { type: 'PAY' }, 7].map(formsOf))
      .chain((right) => arrayOf([...right.slice(0, at), ...odd, ...right.slice(at + 1)])),
  );

export const commands: Target = {
  name: 'commands',
  claim:
    'A payload is no command, or the same command on every node, plain data that can be passed on',
  grammar: fc.oneof(commandFields.chain(formsOf), soundBut, soundBut, nearly, anyFields),
  words: [
    [0xc0],
    [0xd4, 0x73, 0x00],
    [0xd4, 0x65, 0x00],
    [0xd6, 0xff, 0, 0, 0, 0],
    [0x81, 0xa4, 0x74, 0x79, 0x70, 0x65],
    [0xed, 0xa0, 0x80],
    [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0],
    [0xdd, 0x01, 0xff, 0xff, 0xf0],
    [0xa9, 0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f],
  ].map((word) => Uint8Array.from(word)),
  runsInTests: 800,
  open: pure(check),
};
