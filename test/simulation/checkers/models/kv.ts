/** Texts by key, empty until something is put there or appended. */
import { unreachable } from '../../../../machines/protocol/invariant.ts';
import type { Model } from '../model.ts';

export type KvInput =
  | Readonly<{ op: 'get'; key: string }>
  | Readonly<{ op: 'put' | 'append'; key: string; value: string }>;

/** A get answers the text; the others null. */
export type KvOutput = string | null;

/** The text at one key. */
export const kvModel: Model<string, KvInput, KvOutput> = {
  init: '',
  step(state, input, output) {
    const told = (answer: KvOutput): boolean => output === undefined || output === answer;
    switch (input.op) {
      case 'get':
        return [told(state), state];
      case 'put':
        return [told(null), input.value];
      case 'append':
        return [told(null), state + input.value];
      default:
        return unreachable(input);
    }
  },
  identity: (state) => state,
  partition: ({ key }) => `key "${key}"`,
  describe: (input, output) =>
    input.op === 'get'
      ? `get "${input.key}": ${output === undefined ? '?' : shorten(output ?? '')}`
      : `${input.op} "${input.key}" ${shorten(input.value)}`,
  describeState: shorten,
};

const charsMax = 60;

function shorten(text: string): string {
  const excerpt = text.length <= charsMax ? text : `…${text.slice(-charsMax)}`;
  return JSON.stringify(excerpt);
}
