/** `POST /v1/proposals`: one `propose` message as the body, its answer as the answer. */
import { refused, type Outcome } from '../../machines/protocol/outcome.ts';
import type { Clock } from '../clock.ts';
import { proposalAnswer } from '../gateway/answers.ts';
import { sameForAll, toPropose } from '../gateway/asking.ts';
import { understandAs, type Propose, type RefusedMessage } from '../gateway/client-protocol.ts';
import type { Tally } from '../gateway/tally.ts';
import type { NodeService } from '../service.ts';
import { reply, statusOf, type Response } from './reply.ts';

type Surroundings = Readonly<{ service: NodeService; clock: Clock; tally: Tally }>;

export function answerProposal(
  response: Response,
  body: string,
  { service, clock, tally }: Surroundings,
): void {
  tally.clientMessages += 1;
  const message = understandBody(body);
  if (message.type === 'refused') {
    tally.badMessages += 1;
    return reply(response, statusOf[message.code], message);
  }
  const id = message.proposalId ?? clock.newProposalId();
  service.propose(toPropose(message, sameForAll(id)), {
    ended: (outcome) => {
      tally[outcome.end] += 1;
      reply(response, statusOfEnd(outcome), proposalAnswer(message, id, outcome));
    },
  });
}

/** The path says what it is, so the body need not. */
function understandBody(body: string): Propose | RefusedMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return badRequest('the body is not JSON; send a "propose" message');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return badRequest('the body is not an object; send a single "propose" message');
  }
  if ('type' in value && value.type !== 'propose') {
    return badRequest('this path takes proposals alone; send "type":"propose", or leave it out');
  }
  return understandAs('propose', value);
}

const badRequest = (message: string): RefusedMessage => {
  const { code } = refused('bad-request', message);
  return { type: 'refused', code, message };
};

function statusOfEnd(outcome: Outcome): number {
  if (outcome.end === 'refused') return statusOf[outcome.code];
  return outcome.end === 'committed' ? 200 : 504;
}
