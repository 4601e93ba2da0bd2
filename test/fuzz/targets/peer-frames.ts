/** Frames from another node: decodeFrame. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Message } from '../../../machines/protocol/messages.ts';
import { decodeFrame, encodeFrames, type Decoded } from '../../../runtime/transport/codec.ts';
import { toFields } from '../../../runtime/transport/fields.ts';
import { anyMessage, bigAppend } from '../../transport/messages.ts';
import { anyValue, formsOf, joined } from '../grammar/messagepack.ts';
import { assertPlain } from '../plain-data.ts';
import { pure, type Target } from '../target.ts';

const encodeAll = (messages: readonly Message[]): readonly Uint8Array[] => {
  const { frames, unsendable } = encodeFrames(messages);
  assert.deepEqual(unsendable, [], 'what was taken in can be sent on');
  return frames;
};

const goodMessages = [bigAppend(2, 5)];
const [goodFrame = assert.fail()] = encodeAll(goodMessages);

function assertAccepted(frame: Uint8Array, decoded: Extract<Decoded, { ok: true }>): void {
  const { messages } = decoded;
  assertPlain(messages, 8);
  const again = encodeAll(messages).map((each) => decodeFrame(each));
  assert.deepEqual(
    again.flatMap((each) => (each.ok ? each.messages : assert.fail(each.reason))),
    messages,
    'what it gives back comes out of its own encoding as it is',
  );
  assert.equal(decodeFrame(joined(frame, Uint8Array.of(0))).ok, false, 'nothing may follow');
  assert.equal(decodeFrame(frame.subarray(0, -1)).ok, false, 'nothing may be missing');
}

function check(frame: Uint8Array): void {
  const decoded = decodeFrame(frame);
  if (decoded.ok) assertAccepted(frame, decoded);
  else assert.match(decoded.reason, /^[a-z-]+$/);

  const framed = joined(Uint8Array.of(0x93, 0x91), frame, Uint8Array.of(0x91, 0x00));
  const within = decodeFrame(framed.subarray(2, 2 + frame.length));
  assert.deepEqual(within, decoded, 'what is around a frame does not count');
  assert.deepEqual(
    decodeFrame(goodFrame),
    { ok: true, messages: goodMessages },
    'what came before a frame does not count',
  );
}

const asSent = fc
  .array(anyMessage, { minLength: 1, maxLength: 4 })
  .map((messages) => encodeAll(messages)[0] ?? new Uint8Array());
const inOtherForms = fc
  .array(anyMessage, { minLength: 1, maxLength: 3 })
  .chain((messages) => formsOf(messages.map(toFields)))
  .map((list) => joined(Uint8Array.of(1), list));
const anything = anyValue.map((value) => joined(Uint8Array.of(1), value));
const anyKind = fc
  .tuple(fc.nat({ max: 27 }), fc.array(anyValue, { maxLength: 6 }))
  .map(([code, fields]) => joined(Uint8Array.of(1, 0x91, 0x91 + fields.length, code), ...fields));

export const peerFrames: Target = {
  name: 'peer-frames',
  claim:
    'A frame is refused with a reason, or gives messages that keep to the schema and encode to what decodes to them',
  grammar: fc.oneof(asSent, { arbitrary: inOtherForms, weight: 3 }, anything, anyKind),
  words: [
    [0xc0],
    [0xc1],
    [0xdd, 0x01, 0xff, 0xff, 0xf0],
    [0xdf, 0x01, 0xff, 0xff, 0xf0],
    [0xc6, 0x7f, 0xff, 0xff, 0xff],
    [0xdb, 0x7f, 0xff, 0xff, 0xff],
    [0xd4, 0x72, 0x40],
    [0xd4, 0x73, 0x00],
    [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0],
    [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
    [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0],
    [0xa9, 0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f],
  ].map((word) => Uint8Array.from(word)),
  runsInTests: 1_000,
  open: pure(check),
};
