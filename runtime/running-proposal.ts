/** What the first leader of a new cluster proposes by itself. */
import { lifecycleKey, lifecycleName } from '../machines/lifecycle.ts';
import type { ProposalId } from '../machines/protocol/ids.ts';
import { limits } from '../machines/protocol/limits.ts';
import type { ProposeRequest } from './service.ts';

export const runningProposal = (proposalId: ProposalId): ProposeRequest => ({
  proposalId,
  machine: lifecycleName,
  key: lifecycleKey,
  event: { type: 'RUN' },
  timeoutMs: limits.proposalTimeoutMsDefault,
});
