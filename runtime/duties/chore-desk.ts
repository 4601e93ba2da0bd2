/** Puts chores into the log, by the way that all proposals go, and tells what came of each. */
import type { Chore } from '../../machines/protocol/chore.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Outcome } from '../../machines/protocol/outcome.ts';
import type { Clock } from '../clock.ts';
import { encodeChore } from '../command-codec.ts';
import type { ChoreRequest, ProposeListener } from '../service.ts';

export type ChoreDesk = Readonly<{
  /**
   * `ended` is called once, in a later turn. Throws where an effect says what is no data, or more
   * than an entry holds.
   */
  put(chore: Chore, ended: (isInLog: boolean) => void): void;
}>;

type Parts = Readonly<{
  clock: Clock;
  propose: (request: ChoreRequest, listener: ProposeListener) => void;
}>;

export const choreDesk = ({ clock, propose }: Parts): ChoreDesk => ({
  put(chore, ended) {
    const proposalId = clock.newProposalId();
    const payload = encodeChore(proposalId, chore);
    if (payload.length > limits.entryBytesMax) {
      throw new Error(`it takes ${payload.length} bytes, and ${limits.entryBytesMax} is the most`);
    }
    propose(
      { proposalId, payload, timeoutMs: patienceMs(chore) },
      { ended: (outcome: Outcome) => ended(outcome.end === 'committed') },
    );
  },
});

/**
 * Nobody waits for it but this node, and what has failed is put into the log again: a slow disk
 * should not have it there twice. What an effect says would be heard twice, so it is not given up
 * at all: while we lead the log has it or will, and of what came after that nothing is heard.
 */
const patienceMs = ({ type }: Chore): number =>
  type === 'hear' ? Infinity : limits.proposalTimeoutMsMax;
