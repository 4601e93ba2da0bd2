/** What viewers of the inspector say, as JSON text: right, or nearly so. */
import * as fc from 'fast-check';
import { anyJson, message, oneOfTexts, type Text } from './json.ts';

const request: Text = fc.constantFrom('1', '7', '0', '-1', '-0', '0.5', '1e999', '"7"', '{}');
const node = oneOfTexts('n1', 'n1', 'n2', '__proto__', 'a b', '');
const actor = oneOfTexts(
  'n1',
  'n1/link/n2',
  'n1/instance/order/42',
  'n1/instance/order/a/b',
  'n1/instance/order',
  'n1/instance//',
  'n1/proposal/7',
  '/',
  '\ud83d',
  'x'.repeat(705),
  '',
);
const machine = oneOfTexts('order', 'order', 'lifecycle', '__proto__', 'a b', '');
const key = oneOfTexts('42', '42', 'a/b', 'é😀', '\ud83d', 'k'.repeat(513), '\n', '');
const index: Text = fc.constantFrom('0', '1', '12', '-1', '0.5', '1e999', '9007199254740992');
const limit: Text = fc.constantFrom('1', '200', '0', '-1', '1e999', 'null');
const event: Text = fc.oneof(
  message({ type: oneOfTexts('PAY', 'PAY', 'xstate.init', '*', '') }, { detail: anyJson }),
  anyJson,
);
const named = (type: string) => oneOfTexts(...Array.from({ length: 20 }, () => type), 'dance');

const oneMessage: Text = fc.oneof(
  message({ type: named('watch'), actor }),
  message({ type: named('unwatch'), actor }),
  message({ type: named('watch-proposals'), node }),
  message({ type: named('unwatch-proposals'), node }),
  message({ type: named('instances'), request, machine }, { node, search: key, after: key, limit }),
  message({ type: named('log'), request }, { node, from: index, limit }),
  message({ type: named('instance-at'), request, machine, key, index }, { node }),
  message({ type: named('messages'), request, index }, { node }),
  message({ type: named('message-records'), request, index }, { node }),
  message({ type: named('accepts'), request, machine, key }, { node }),
  message({ type: named('propose'), request, machine, key, event }, { node, input: anyJson }),
  message({ type: named('transfer'), request, to: fc.oneof(node, fc.constant('null')) }, { node }),
);

/** One frame: a message, an array of them, or anything. */
export const viewerFrame: Text = fc.oneof(
  { arbitrary: oneMessage, weight: 6 },
  {
    arbitrary: fc.array(oneMessage, { maxLength: 5 }).map((each) => `[${each.join(',')}]`),
    weight: 3,
  },
  { arbitrary: anyJson, weight: 1 },
);

export const viewerWords: readonly string[] = [
  '"type":"watch"',
  '"type":"propose"',
  '"request":7',
  '"actor":"n1/instance/order/42"',
  '"event":{"type":"PAY"}',
  '"__proto__":',
  '1e999',
  '\\ud800',
  '\\u0000',
  '[',
  '{}',
  'null',
];
