import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import {
  understand,
  type RefusedMessage,
  type Understood,
} from '../../runtime/gateway/client-protocol.ts';

const propose = { type: 'propose', id: '7', machine: 'order', key: '42', event: { type: 'PAY' } };
const uuid = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

function only(message: unknown): Understood {
  const { messages } = understand(JSON.stringify(message));
  assert.equal(messages.length, 1);
  return messages[0] as Understood;
}

function refusalOf(message: unknown): RefusedMessage {
  const understood = only(message);
  assert.ok(understood.type === 'refused');
  return understood;
}

/** Arrays within each other, as text: more than any recursion could stand. */
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('what is understood', () => {
  test.each([
    ['a proposal with nothing left out', { ...propose, proposalId: uuid, reply: 'none' }],
    ['a proposal without id and proposal id', { ...propose, id: undefined }],
    ['a numeric id', { ...propose, id: 0 }],
    ['an input of any kind', { ...propose, input: null }],
    ['a patience beyond the most there is', { ...propose, timeoutMs: 1e9 }],
    ['fields of a protocol to come', { ...propose, priority: { high: true } }],
    ['a key of any script, slashes and spaces', { ...propose, key: 'Köln/東京 😀' }],
    ['the longest key', { ...propose, key: 'k'.repeat(limits.keyCharsMax) }],
    ['the longest event type', { ...propose, event: { type: 'T'.repeat(256) } }],
    [
      'an event type that merely resembles those of XState',
      { ...propose, event: { type: 'xstate' } },
    ],
    ['keys that name what all objects have', { ...propose, event: { type: 'A', constructor: 1 } }],
    ['a read', { type: 'read', id: '8', machine: 'order', key: '42', consistency: 'lease' }],
    ['a subscription', { type: 'subscribe', id: '9', machine: 'order', key: '1', afterIndex: 0 }],
    ['an end of one', { type: 'unsubscribe', id: 9 }],
    ['a question for the status', { type: 'status' }],
  ])('%s', (_, message) => {
    assert.deepEqual(only(message), JSON.parse(JSON.stringify(message)));
  });

  test('the original form, whoever it says it is from', () => {
    const original = { message_type: 'Proposal', proposed_state: 'Running', proposal_id: uuid };
    assert.deepEqual(only({ sender_id: 999, ...original }), {
      sender_id: 999,
      ...original,
      type: 'original',
    });
  });

  test('an array, each message for itself, the bad ones too', () => {
    const { isArray, messages } = understand(JSON.stringify([propose, 5, { type: 'status' }]));
    assert.ok(isArray);
    assert.deepEqual(
      messages.map(({ type }) => type),
      ['propose', 'refused', 'status'],
    );
  });
});

describe('what is a bad request, with the field, what was wrong and what to send', () => {
  test.each([
    [{ ...propose, machine: undefined }, /^"machine" is missing; send the name of a machine/],
    [{ ...propose, machine: 'a b' }, /^"machine" is "a b"; send the name/],
    [{ ...propose, machine: 'm'.repeat(65) }, /^"machine" is "m+"… \(65 characters\); send/],
    [{ ...propose, machine: {} }, /^"machine" is an object; send/],
    [{ ...propose, key: '' }, /^"key" is ""; send the key/],
    [{ ...propose, key: 'a\nb' }, /^"key" is "a\\nb"; send/],
    [{ ...propose, key: '\ud800' }, /^"key" is "\\ud800"; send/],
    [{ ...propose, event: undefined }, /^"event" is missing; send an object/],
    [{ ...propose, proposalId: '7' }, /^"proposalId" is "7"; send a UUID/],
    [{ ...propose, timeoutMs: 0 }, /^"timeoutMs" is 0; send a number of milliseconds/],
    [{ ...propose, timeoutMs: '5' }, /^"timeoutMs" is "5"; send/],
    [{ ...propose, reply: 'all' }, /^"reply" is "all"; send "snapshot"/],
    [{ ...propose, id: [] }, /^"id" is an array; send a string/],
    [{ ...propose, id: null }, /^"id" is null; send a string/],
    [{ ...propose, id: 'i'.repeat(129) }, /^"id" is "i+"… \(129 characters\)/],
    [{ type: 'read', machine: 'order', key: '1', consistency: 'eventual' }, /"linearizable"/],
    [{ type: 'subscribe', machine: 'order', key: '1' }, /^"id" is missing; send a string/],
    [
      { type: 'subscribe', id: 1, machine: 'order', key: '1', afterIndex: -1 },
      /^"afterIndex" is -1/,
    ],
    [{ type: 'subscribe', id: 1, machine: 'order', key: '1', afterIndex: 0.5 }, /whole number/],
    [{ type: 'unsubscribe' }, /^"id" is missing/],
    [{ type: 'hello' }, /^"type" is "hello"; send "propose"/],
    [{ type: 'constructor' }, /^"type" is "constructor"; send/],
    [{ type: 'original', proposed_state: 'Running' }, /^"type" is "original"; send/],
    [{}, /^"type" is missing; send/],
    [{ message_type: 'Commit', proposed_state: 'Running' }, /^"message_type" is "Commit"; send/],
    [{ message_type: 'Proposal' }, /^"proposed_state" is missing; send "Running"/],
    [{ message_type: 'Proposal', proposed_state: 'Running', proposal_id: 'x' }, /a UUID/],
    [[[propose]], /^the message is an array; send an object/],
    [null, /^the message is null; send an object/],
    [7, /^the message is 7/],
  ])('%j', (message, sentence) => {
    const refusal = refusalOf(message);
    assert.equal(refusal.code, 'bad-request');
    assert.match(refusal.message, sentence);
  });

  test.each(['', '{', 'PAY', '{"type":"status"}}', '\u0000', 'undefined'])(
    'no JSON: %j',
    (text) => {
      const [refusal] = understand(text).messages;
      assert.deepEqual(refusal && 'code' in refusal && refusal.code, 'bad-request');
    },
  );

  test('an empty array, as it would otherwise get no answer', () => {
    assert.equal(refusalOf([]).code, 'bad-request');
  });

  test('the ids come back wherever they can', () => {
    assert.equal(refusalOf({ ...propose, machine: 1 }).id, '7');
    assert.equal(refusalOf({ type: 'what', id: 5 }).id, 5);
    assert.equal(refusalOf({ ...propose, id: {} }).id, undefined);
    const refusal = only({ message_type: 'Proposal', proposed_state: 5, proposal_id: uuid });
    assert.equal('proposalId' in refusal && refusal.proposalId, uuid);
    assert.equal('proposal_id' in refusal && refusal.proposal_id, uuid);
  });
});

describe('what is no event', () => {
  test.each([
    ['a string', 'PAY', /not an object/],
    ['an array', [{ type: 'PAY' }], /not an object/],
    ['null', null, /not an object/],
    ['an object without a type', { kind: 'PAY' }, /no "type"/],
    ['a type that is no string', { type: 5 }, /no "type"/],
    ['an empty type', { type: '' }, /no "type"/],
    ['a type beyond 256 characters', { type: 'T'.repeat(257) }, /257 characters/],
    ["XState's own types", { type: 'xstate.init' }, /start with "xstate\."/],
    ['the wildcard', { type: '*' }, /stands for any/],
  ])('%s', (_, event, sentence) => {
    const refusal = refusalOf({ ...propose, event });
    assert.equal(refusal.code, 'invalid-event');
    assert.match(refusal.message, sentence);
  });

  test.each([
    ['event', `{"type":"A","data":${nested(64)}}`, ''],
    ['event', `{"type":"A","data":${nested(200_000)}}`, ''],
    ['input', '{"type":"A"}', `,"input":${nested(200_000)}`],
  ])('anything nested deeper than 64 levels, in the %s', (_, event, input) => {
    const text = `{"type":"propose","machine":"order","key":"1","event":${event}${input}}`;
    const [refusal] = understand(text).messages;
    assert.equal(refusal?.type, 'refused');
    assert.equal('code' in refusal && refusal.code, 'invalid-event');
    assert.match('message' in refusal ? refusal.message : '', /64 levels/);
  });

  test('but 64 levels pass', () => {
    const text = `{"type":"propose","machine":"order","key":"1","event":{"type":"A","d":${nested(63)}}}`;
    assert.equal(understand(text).messages[0]?.type, 'propose');
  });

  test.each(['{"type":"A","__proto__":{"type":"B"}}', '{"type":"A","d":[{"__proto__":1}]}'])(
    'a field named __proto__: %s',
    (event) => {
      const text = `{"type":"propose","machine":"order","key":"1","event":${event}}`;
      const [refusal] = understand(text).messages;
      assert.equal(refusal && 'code' in refusal && refusal.code, 'invalid-event');
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    },
  );
});

describe('what would not reach every machine as it was sent', () => {
  test.each([
    ['{"type":"A","d":"a\\ud800"}', /surrogate/],
    ['{"type":"A\\udc00"}', /surrogate/],
    ['{"type":"A","d":{"\\udc00b":1}}', /surrogate/],
    ['{"type":"A","d":[1e999]}', /number that is too large/],
    ['{"type":"A","d":-1e999}', /number that is too large/],
  ])('%s', (event, why) => {
    const text = `{"type":"propose","machine":"order","key":"1","event":${event}}`;
    const [refusal] = understand(text).messages;
    assert.equal(refusal && 'code' in refusal && refusal.code, 'invalid-event');
    assert.match(refusal && 'message' in refusal ? refusal.message : '', why);
  });

  test('nor may it stand in the input', () => {
    const refusal = refusalOf({ ...propose, input: ['\ud83d'] });
    assert.equal(refusal.code, 'invalid-event');
  });

  test('but whole characters may, and the largest number', () => {
    const text = `{"type":"propose","machine":"order","key":"1","event":{"type":"A","d":["😀",1.7e308]}}`;
    assert.equal(understand(text).messages[0]?.type, 'propose');
  });
});

describe('what is too large', () => {
  test('a key of a million characters, of which the answer quotes none', () => {
    const refusal = refusalOf({ ...propose, key: 'k'.repeat(1_000_000) });
    assert.equal(refusal.code, 'too-large');
    assert.match(refusal.message, /^"key" has 1000000 characters; send/);
    assert.ok(refusal.message.length < 200);
  });

  test('an event of one byte more than the most, counted as JSON in UTF-8', () => {
    const room = limits.eventBytesMax - JSON.stringify({ type: 'A', data: '' }).length;
    const fitting = { type: 'A', data: 'é'.repeat(room / 2) + 'x'.repeat(room % 2) };
    assert.equal(only({ ...propose, event: fitting }).type, 'propose');
    const refusal = refusalOf({ ...propose, event: { ...fitting, data: `${fitting.data}x` } });
    assert.equal(refusal.code, 'too-large');
    assert.match(refusal.message, new RegExp(`take ${limits.eventBytesMax + 1} bytes`));
  });

  test('an event and its input that are so together', () => {
    const half = 'x'.repeat(limits.eventBytesMax / 2);
    const refusal = refusalOf({ ...propose, event: { type: 'A', half }, input: half });
    assert.equal(refusal.code, 'too-large');
  });

  test('an array of more messages than a frame may hold, none of which is carried out', () => {
    const most = Array.from({ length: limits.messagesPerFrameMax }, () => ({ type: 'status' }));
    assert.equal(understand(JSON.stringify(most)).messages.length, most.length);
    assert.equal(refusalOf([...most, { type: 'status' }]).code, 'too-large');
  });

  test('a frame beyond the most bytes, which is not even parsed', () => {
    const [refusal] = understand('['.repeat(limits.clientFrameBytesMax + 1)).messages;
    assert.equal(refusal && 'code' in refusal && refusal.code, 'too-large');
  });
});

describe('whatever is sent', () => {
  const answersAll = (text: string): void => {
    const { messages } = understand(text);
    assert.ok(messages.length >= 1);
    for (const message of messages) {
      assert.equal(typeof message.type, 'string');
      // What was let in can be put into words again, and so can every refusal.
      assert.ok(JSON.stringify(message).length > 0);
    }
  };

  test('any text gets its answers', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), answersAll), { numRuns: 2_000 });
  });

  test('any JSON gets its answers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => answersAll(JSON.stringify(value))),
      { numRuns: 2_000 },
    );
  });

  test('any message of the right names and the wrong values gets its answers', () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>('order', '42', uuid, 5, 'linearizable', { type: 'PAY' }, undefined),
    );
    const names =
      'id proposalId machine key event input timeoutMs reply consistency afterIndex ' +
      'message_type proposed_state proposal_id __proto__';
    const type = fc.constantFrom(
      'propose',
      'read',
      'subscribe',
      'unsubscribe',
      'status',
      undefined,
    );
    const message = fc
      .tuple(type, fc.dictionary(fc.constantFrom(...names.split(' ')), anything))
      .map(([kind, fields]) => ({ ...fields, type: kind }));
    fc.assert(
      fc.property(fc.oneof(message, fc.array(message)), (frame) =>
        answersAll(JSON.stringify(frame)),
      ),
      { numRuns: 5_000 },
    );
  });
});
