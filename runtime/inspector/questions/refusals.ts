/** Why a question gets no answer, with what to do instead. */
import type { ErrorCode } from '../../../machines/protocol/errors.ts';
import type { Reply } from '../source.ts';

export const refusal = (code: ErrorCode, message: string): Reply => ({
  type: 'refused',
  code,
  message,
});

export const unknownMachine = (name: string, known: readonly string[]): Reply =>
  refusal('unknown-machine', `there is no machine "${name}" here; there are: ${known.join(', ')}`);

export const mayNotAct = (node: string): Reply =>
  refusal(
    'unauthorized',
    `${node} was started to be looked at only; start it with --inspect-act to let viewers act`,
  );
