/** What a client was told, in the words of those who told it. */
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { unreachable } from '../../../machines/protocol/invariant.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ProposalAnswer } from '../../../runtime/client/messages.ts';

export function toOutcome(answer: ProposalAnswer): Outcome {
  switch (answer.type) {
    case 'committed': {
      const { index, term, accepted, snapshot: view = null, emitted = [] } = answer;
      return {
        end: 'committed',
        index: toIndex(index),
        term: toTerm(term),
        accepted,
        view,
        emitted,
      };
    }
    case 'refused':
      return { end: 'refused', code: answer.code, message: answer.message };
    case 'unknown':
      return { end: 'unknown', message: answer.message };
    default:
      return unreachable(answer);
  }
}
