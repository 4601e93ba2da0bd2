/** What clients say, as JSON text: right, or nearly so. */
import * as fc from 'fast-check';
import { anyJson, message, oneOfTexts, type Text } from './json.ts';

const uuid = '018f3c2e-7a11-7b22-8c33-4d4455556666';
const id: Text = fc.oneof(
  oneOfTexts('1', '7', 'x'.repeat(128), 'x'.repeat(129)),
  fc.constantFrom('7', '-0', '1e999', '0.5'),
);
const proposalId = oneOfTexts(uuid, uuid.toUpperCase(), 'none', `${uuid}0`);
const machine = oneOfTexts(
  'order',
  'order',
  'order',
  'lifecycle',
  'nobody',
  '__proto__',
  'a b',
  '',
);
const key = oneOfTexts('42', '42', 'a/b', 'cluster', 'é😀', '\ud83d', 'k'.repeat(513), '\n', '');
const timeoutMs: Text = fc.constantFrom(
  '1',
  '5000',
  '0',
  '-1',
  '1e999',
  '1.5',
  '1e-9',
  '99999999999',
);
const reply = oneOfTexts('snapshot', 'value', 'none', 'all');
const consistency = oneOfTexts('linearizable', 'lease', 'local', 'none');
const afterIndex: Text = fc.constantFrom(
  '0',
  '1',
  '12',
  '-1',
  '-0',
  '0.5',
  '1e999',
  '9007199254740992',
  'null',
);

const event: Text = fc.oneof(
  {
    arbitrary: message({ type: oneOfTexts('PAY', 'PAY', 'SHIP', 'xstate.init', '*', '') }),
    weight: 3,
  },
  { arbitrary: message({ type: oneOfTexts('PAY'), detail: anyJson }), weight: 2 },
  anyJson,
);

const named = (type: string) => oneOfTexts(...Array.from({ length: 20 }, () => type), 'dance');

const propose = message(
  { type: named('propose'), machine, key, event },
  { id, proposalId, input: anyJson, timeoutMs, reply },
);
export const proposeBody = message(
  { machine, key, event },
  { proposalId, input: anyJson, timeoutMs, reply },
);
/** Right in all but what the event, or the input beside it, may hold. */
const soundPropose: Text = fc
  .tuple(anyJson, fc.boolean(), anyJson)
  .map(
    ([detail, hasInput, input]) =>
      `{"type":"propose","machine":"order","key":"42","event":{"type":"PAY","detail":${detail}}` +
      `${hasInput ? `,"input":${input}` : ''}}`,
  );
const read = message({ type: named('read'), machine, key }, { id, consistency, timeoutMs });
const subscribe = message({ type: named('subscribe'), id, machine, key }, { afterIndex });
const unsubscribe = message({ type: named('unsubscribe'), id });
const status = message({ type: named('status') }, { id });
const original = message(
  {
    sender_id: fc.constantFrom('999', '"n1"'),
    message_type: oneOfTexts('Proposal', 'Proposal', 'Commit'),
    proposed_state: oneOfTexts('Running', 'Stopped', 'Init', 'toString'),
  },
  { proposal_id: proposalId },
);

const oneMessage: Text = fc.oneof(
  propose,
  propose,
  soundPropose,
  soundPropose,
  read,
  subscribe,
  unsubscribe,
  status,
  original,
);

/** One frame: a message, an array of them, or anything. */
export const clientFrame: Text = fc.oneof(
  { arbitrary: oneMessage, weight: 6 },
  {
    arbitrary: fc.array(oneMessage, { maxLength: 5 }).map((each) => `[${each.join(',')}]`),
    weight: 3,
  },
  { arbitrary: anyJson, weight: 1 },
  {
    arbitrary: fc.constantFrom(1_024, 1_025).map((count) => `[${'0,'.repeat(count - 1)}0]`),
    weight: 1,
  },
);

export const clientWords: readonly string[] = [
  '"type":"propose"',
  '"event":{"type":"PAY"}',
  '"machine":"order"',
  '"__proto__":',
  '"id":7',
  '"id":{}',
  '1e999',
  '-0',
  '\\ud800',
  '\\u0000',
  '\n',
  '[',
  '{}',
  ',',
  'null',
];
