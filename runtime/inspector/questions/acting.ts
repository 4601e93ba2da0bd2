/** What a viewer does to the cluster, where it may. */
import { nodeId, type NodeId } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { Inspected } from '../inspected.ts';
import type { AskPropose, AskTransfer } from '../question-protocol.ts';
import type { Reply } from '../source.ts';
import { mayNotAct, refusal } from './refusals.ts';

export function answerPropose(
  { node, mayAct, service, clock, show }: Inspected,
  { machine, key, event, input }: AskPropose,
  reply: (reply: Reply) => void,
): void {
  if (!mayAct) return reply(mayNotAct(node));
  const proposalId = clock.newProposalId();
  const timeoutMs = limits.proposalTimeoutMsDefault;
  const request = { proposalId, machine, key, event, timeoutMs };
  service.propose(input === undefined ? request : { ...request, input }, {
    ended(outcome) {
      const { end } = outcome;
      const { index, accepted } =
        outcome.end === 'committed' ? outcome : { index: null, accepted: null };
      const code = outcome.end === 'refused' ? outcome.code : null;
      const message = messageOf(outcome);
      // It quotes what the machine threw, which may hold anything.
      const shown =
        code === 'machine-error' ? show(message, { kind: 'error', machine, key }) : message;
      reply({
        type: 'proposed',
        proposalId,
        end,
        index,
        accepted,
        code,
        message: typeof shown === 'string' ? shown : null,
      });
    },
  });
}

const messageOf = (outcome: Outcome): string | null =>
  outcome.end === 'committed' ? null : outcome.message;

export function answerTransfer(
  { node, mayAct, core, service, peers }: Inspected,
  { to }: AskTransfer,
): Reply {
  if (!mayAct) return mayNotAct(node);
  const { role, leader } = service.status();
  if (role !== 'leader') {
    const whom = leader === null ? 'ask again once somebody leads' : `ask ${leader}`;
    return refusal('no-leader', `${node} does not lead, and cannot hand over; ${whom}`);
  }
  const heir = to === null ? null : nodeId(to);
  if (heir !== null && !isPeer(heir, peers)) {
    return refusal('bad-request', `${to} is no other member; name one of ${peers.join(', ')}`);
  }
  core.transfer(heir);
  return { type: 'transferring', to };
}

const isPeer = (heir: NodeId, peers: readonly NodeId[]): boolean => peers.includes(heir);
