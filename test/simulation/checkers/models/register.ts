/** One number that can be read, written, and swapped if it is what somebody thinks it is. */
import { unreachable } from '../../../../machines/protocol/invariant.ts';
import type { Model } from '../model.ts';

export type RegisterInput =
  | Readonly<{ op: 'read' }>
  | Readonly<{ op: 'write'; value: number }>
  | Readonly<{ op: 'cas'; from: number; to: number }>;

/** A read answers the value, null before the first write; a write null; a cas whether it swapped. */
export type RegisterOutput = number | boolean | null;

type Register = number | null;

export const registerModel: Model<Register, RegisterInput, RegisterOutput> = {
  init: null,
  step(state, input, output) {
    const told = (answer: RegisterOutput): boolean => output === undefined || output === answer;
    switch (input.op) {
      case 'read':
        return [told(state), state];
      case 'write':
        return [told(null), input.value];
      case 'cas':
        return [told(state === input.from), state === input.from ? input.to : state];
      default:
        return unreachable(input);
    }
  },
  identity: (state) => state ?? 'nil',
  describe(input, output) {
    switch (input.op) {
      case 'read':
        return `read ${output === undefined ? '?' : (output ?? 'nil')}`;
      case 'write':
        return `write ${input.value}`;
      case 'cas': {
        const end = output === undefined ? '?' : output === true ? 'swapped' : 'kept';
        return `cas ${input.from} to ${input.to}: ${end}`;
      }
      default:
        return unreachable(input);
    }
  },
  describeState: (state) => String(state ?? 'nil'),
};
