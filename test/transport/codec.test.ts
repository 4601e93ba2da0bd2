import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { pack } from 'msgpackr';
import { test } from 'vitest';
import { proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { decodeFrame, encodeFrames } from '../../runtime/transport/codec.ts';
import { anyMessage, arbitraryOf, bigAppend } from './messages.ts';

const term = toTerm(7);
const heartbeatAck = (round: number): Message => ({ kind: 'heartbeatAck', term, round });

function encodeOne(messages: readonly Message[]): Uint8Array {
  const { frames, unsendable } = encodeFrames(messages);
  assert.deepEqual(unsendable, []);
  assert.equal(frames.length, 1);
  return frames[0] ?? assert.fail();
}

/** A frame with anything in it that MessagePack can say. */
const frameOf = (...values: readonly unknown[]): Uint8Array =>
  Buffer.concat(values.map((value) => pack(value)));

/** What it gives back has the shape it promises: it can be sent on as it is. */
function assertValid(messages: readonly Message[]): void {
  const { frames, unsendable } = encodeFrames(messages);
  assert.deepEqual(unsendable, []);
  const decoded = frames.map((frame) => decodeFrame(frame));
  assert.deepEqual(
    decoded.flatMap((one) => (one.ok ? one.messages : assert.fail(one.reason))),
    messages,
  );
}

for (const [kind, arbitrary] of Object.entries(arbitraryOf)) {
  test(`${kind} comes out as it went in`, () => {
    fc.assert(
      fc.property(
        fc.array(arbitrary as fc.Arbitrary<Message>, { minLength: 1, maxLength: 5 }),
        (messages) => {
          assert.deepEqual(decodeFrame(encodeOne(messages)), { ok: true, messages });
        },
      ),
      { numRuns: 200 },
    );
  });
}

test('a frame decodes alone, whatever came before it', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 2, maxLength: 8 }), (messages) => {
      const frames = messages.map((message) => encodeOne([message]));
      for (const [place, frame] of [...frames.entries()].toReversed()) {
        assert.deepEqual(decodeFrame(frame), { ok: true, messages: [messages[place]] });
      }
    }),
    { numRuns: 100 },
  );
});

test('a payload is a plain Uint8Array, also where the frame is a Buffer', () => {
  const decoded = decodeFrame(Buffer.from(encodeOne([bigAppend(1, 5)])));
  assert.ok(decoded.ok && decoded.messages[0]?.kind === 'append');
  assert.equal(decoded.messages[0].entries[0]?.payload.constructor, Uint8Array);
});

test('half a frame is never a frame', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 4 }), fc.nat(), (messages, at) => {
      const frame = encodeOne(messages);
      const half = frame.subarray(0, at % frame.length);
      assert.equal(decodeFrame(half).ok, false);
    }),
    { numRuns: 500 },
  );
});

test('a flipped bit is refused, or gives messages that keep to schema and limits', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(anyMessage, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.nat({ max: 7 }),
      (messages, at, bit) => {
        const frame = Uint8Array.from(encodeOne(messages));
        const place = at % frame.length;
        frame[place] = (frame[place] ?? 0) ^ (1 << bit);
        const decoded = decodeFrame(frame);
        if (decoded.ok) assertValid(decoded.messages);
        else refused += 1;
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(refused > 0);
});

test('garbage never throws and is never taken for messages', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const frame of [
        bytes,
        Uint8Array.from([1, ...bytes]),
        Uint8Array.from([1, 0x91, ...bytes]),
      ]) {
        const decoded = decodeFrame(frame);
        if (decoded.ok) assertValid(decoded.messages);
      }
    }),
    { numRuns: 5_000 },
  );
});

test('each kind of nonsense has its reason', () => {
  // No encoder of ours says it so: a float with the sign bit alone.
  const minusZero = [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0];
  const nonsense: readonly [why: string, frame: Uint8Array, reason: string][] = [
    ['nothing', new Uint8Array(), 'unknown-version'],
    ['a later version', frameOf(2, []), 'unknown-version'],
    ['text', Buffer.from('hello'), 'unknown-version'],
    ['a version alone', frameOf(1), 'not-messagepack'],
    ['something behind the end', frameOf(1, [], 0), 'not-messagepack'],
    [
      'an array that promises more than there is',
      Buffer.from([1, 0xdd, 0xff, 0xff, 0xff, 0xff]),
      'not-messagepack',
    ],
    [
      'a payload that promises more than there is',
      Buffer.from([1, 0x91, 0xc6, 0x7f, 0xff, 0xff, 0xff]),
      'not-messagepack',
    ],
    [
      'a hundred thousand arrays in each other',
      Buffer.concat([Buffer.from([1]), Buffer.alloc(100_000, 0x91)]),
      'not-messagepack',
    ],
    ['no list', frameOf(1, 5), 'not-a-list'],
    ['a map', frameOf(1, { kind: 'timeoutNow' }), 'not-a-list'],
    [
      'too many messages',
      frameOf(
        1,
        Array.from({ length: limits.messagesPerFrameMax + 1 }, () => [13, 1]),
      ),
      'too-many-messages',
    ],
    ['a message that is no list', frameOf(1, [13]), 'unknown-kind'],
    ['an unknown kind', frameOf(1, [[99, 1]]), 'unknown-kind'],
    ['a kind by name', frameOf(1, [['timeoutNow', 1]]), 'unknown-kind'],
    ['a field too few', frameOf(1, [[13]]), 'wrong-fields'],
    ['a field too many', frameOf(1, [[13, 1, 1]]), 'wrong-fields'],
    ['a negative term', frameOf(1, [[13, -1]]), 'wrong-fields'],
    ['half a term', frameOf(1, [[13, 1.5]]), 'wrong-fields'],
    ['a term beyond the safe integers', frameOf(1, [[13, 2 ** 53]]), 'wrong-fields'],
    ['a 64-bit term', frameOf(1, [[13, 2n ** 60n]]), 'wrong-fields'],
    ['no number', frameOf(1, [[13, Number.NaN]]), 'wrong-fields'],
    ['a term as text', frameOf(1, [[13, '1']]), 'wrong-fields'],
    [
      'one bad message among good ones',
      frameOf(1, [
        [13, 1],
        [13, -1],
      ]),
      'wrong-fields',
    ],
    ['a term of minus zero', new Uint8Array([1, 0x91, 0x92, 13, ...minusZero]), 'wrong-fields'],
    [
      'an entry at minus zero',
      new Uint8Array([1, 0x91, 0x96, 7, 7, 3, 7, 0, 0x91, 0x95, 7, 1, ...minusZero, 1, 0xc4, 0]),
      'wrong-fields',
    ],
    ['a flag that is a number', frameOf(1, [[4, 1, 1, 1, 1]]), 'wrong-fields'],
    ['an entry of an unknown kind', append([7, 3, 1, 1, new Uint8Array()]), 'wrong-fields'],
    [
      'an entry before the beginning of time',
      append([7, 1, -1, 1, new Uint8Array()]),
      'wrong-fields',
    ],
    [
      'an entry at no time',
      append([7, 1, Number.POSITIVE_INFINITY, 1, new Uint8Array()]),
      'wrong-fields',
    ],
    ['a seed of 33 bits', append([7, 1, 1, 2 ** 32, new Uint8Array()]), 'wrong-fields'],
    ['a payload of text', append([7, 1, 1, 1, 'payload']), 'wrong-fields'],
    [
      'a payload over the limit',
      append([7, 1, 1, 1, new Uint8Array(limits.entryBytesMax + 1)]),
      'wrong-fields',
    ],
    [
      'too many entries',
      append(
        ...Array.from({ length: limits.appendEntriesMax + 1 }, () => [
          7,
          0,
          1,
          1,
          new Uint8Array(),
        ]),
      ),
      'wrong-fields',
    ],
    [
      'entries beyond the last index',
      frameOf(1, [[7, 7, Number.MAX_SAFE_INTEGER, 7, 0, [[7, 0, 1, 1, new Uint8Array()]]]]),
      'wrong-fields',
    ],
    ['a nameless proposal', frameOf(1, [[14, 7, [['', new Uint8Array()]]]]), 'wrong-fields'],
    [
      'an oversized name',
      frameOf(1, [[14, 7, [['x'.repeat(limits.proposalIdCharsMax + 1), new Uint8Array()]]]]),
      'wrong-fields',
    ],
    ['an unheard-of refusal', frameOf(1, [[15, 7, [], 'just-because', '']]), 'wrong-fields'],
    [
      'an endless sentence',
      frameOf(1, [[15, 7, [], 'no-leader', 'x'.repeat(limits.refusalMessageCharsMax + 1)]]),
      'wrong-fields',
    ],
    ['more than a frame may hold', new Uint8Array(limits.frameBytesMax + 1).fill(1), 'too-large'],
  ];
  for (const [why, frame, reason] of nonsense) {
    assert.deepEqual(decodeFrame(frame), { ok: false, reason }, why);
  }
});

function append(...entries: readonly (readonly unknown[])[]): Uint8Array {
  return frameOf(1, [[7, 7, 0, 0, 0, entries]]);
}

test('the largest append that the limits allow fits one frame', () => {
  const messages = [
    bigAppend(limits.appendEntriesMax, limits.appendBytesMax / limits.appendEntriesMax),
  ];
  assert.deepEqual(decodeFrame(encodeOne(messages)), { ok: true, messages });
});

test('more than fits one frame leaves in several, in order', () => {
  const many = Array.from({ length: 2 * limits.messagesPerFrameMax + 1 }, (_, n) =>
    heartbeatAck(n),
  );
  const big = Array.from({ length: 40 }, () => bigAppend(2, limits.entryBytesMax));
  for (const [messages, framesMin] of [
    [many, 3],
    [big, 5],
  ] as const) {
    const { frames, unsendable } = encodeFrames(messages);
    assert.deepEqual(unsendable, []);
    assert.ok(frames.length >= framesMin && frames.length <= 2 * framesMin);
    for (const frame of frames) assert.ok(frame.length <= limits.frameBytesMax);
    const arrived = frames.flatMap((frame) => {
      const decoded = decodeFrame(frame);
      return decoded.ok ? decoded.messages : [];
    });
    assert.deepEqual(arrived, messages);
  }
});

test('nothing leaves that a peer would have to refuse', () => {
  const proposal = (bytes: number, name = 'p') => ({
    proposalId: proposalId(name),
    payload: new Uint8Array(bytes),
  });
  const unsendable: readonly Message[] = [
    heartbeatAck(-1),
    { kind: 'timeoutNow', term: toTerm(2 ** 53) },
    bigAppend(limits.appendEntriesMax + 1, 0),
    bigAppend(1, limits.entryBytesMax + 1),
    { kind: 'forward', term, proposals: [proposal(1, 'x'.repeat(65))] },
    {
      kind: 'forward',
      term,
      proposals: Array.from({ length: 17 }, () => proposal(limits.entryBytesMax)),
    },
  ];
  const sent = heartbeatAck(1);
  const encoded = encodeFrames([...unsendable, sent]);
  assert.deepEqual(encoded.unsendable, unsendable);
  assert.deepEqual(encoded.frames.map(decodeFrame), [{ ok: true, messages: [sent] }]);
});

test('a gap in an append is a bug of ours, and crashes', () => {
  const { entries, ...rest } = bigAppend(3, 1);
  const message = { ...rest, entries: entries.filter(({ index }) => index !== toIndex(1_001)) };
  assert.throws(() => encodeFrames([message]), /follow each other/);
});

test('too long a sentence of refusal is cut, not lost', () => {
  const decoded = decodeFrame(
    encodeOne([
      {
        kind: 'forwardRefused',
        term,
        proposalIds: [],
        code: 'overloaded',
        message: 'x'.repeat(5_000),
      },
    ]),
  );
  assert.ok(decoded.ok && decoded.messages[0]?.kind === 'forwardRefused');
  assert.equal(decoded.messages[0].message.length, limits.refusalMessageCharsMax);
});

test('the codes of the kinds are the ones that were given out', () => {
  const codes = Object.entries(arbitraryOf).map(([kind, arbitrary]) => {
    const [message] = fc.sample<Message>(arbitrary, { seed: 1, numRuns: 1 });
    // Version, list of one, message, code.
    return [kind, encodeOne([message ?? assert.fail()])[3]];
  });
  assert.deepEqual(codes, [
    ['preVoteRequest', 1],
    ['preVoteGranted', 2],
    ['preVoteRefused', 3],
    ['voteRequest', 4],
    ['voteGranted', 5],
    ['voteRefused', 6],
    ['append', 7],
    ['appendAccepted', 8],
    ['appendRefused', 9],
    ['heartbeat', 10],
    ['heartbeatAck', 11],
    ['commit', 12],
    ['timeoutNow', 13],
    ['forward', 14],
    ['forwardRefused', 15],
    ['readIndexRequest', 16],
    ['readIndexGranted', 17],
    ['readIndexRefused', 18],
    ['stateDigests', 19],
    ['courseRequest', 20],
    ['course', 21],
    ['rowsRequest', 22],
    ['rows', 23],
    ['stateRequest', 24],
    ['stateInFull', 25],
  ]);
});
