/** How an outcome reads on the wire. The same words on a WebSocket and over HTTP. */
import { unreachable } from '../../machines/protocol/invariant.ts';
import type { InstanceView, Outcome, Refused } from '../../machines/protocol/outcome.ts';
import type { ReadOutcome } from '../service.ts';
import type { ProposeMessage, ReadMessage, RequestId } from './client-schema.ts';

/** What the answer to a `propose` depends on besides how that ended. */
export type Asked = Readonly<{
  id?: RequestId | undefined;
  reply?: ProposeMessage['reply'] | undefined;
}>;

/** The fields of the answer to a `propose`; what is undefined is left out of the JSON. */
export function proposalAnswer({ id, reply }: Asked, proposalId: string, outcome: Outcome): object {
  switch (outcome.end) {
    case 'committed':
      return {
        type: 'committed',
        id,
        proposalId,
        index: outcome.index,
        term: outcome.term,
        accepted: outcome.accepted,
        snapshot: snapshotFor(reply, outcome.view),
        emitted: outcome.emitted,
      };
    case 'refused':
      return { type: 'refused', id, proposalId, code: outcome.code, message: outcome.message };
    case 'unknown':
      return { type: 'unknown', id, proposalId, message: outcome.message };
    default:
      return unreachable(outcome);
  }
}

function snapshotFor(reply: Asked['reply'], view: InstanceView | null): object | null | undefined {
  if (reply === 'none') return undefined;
  if (view === null) return null;
  return reply === 'value' ? { status: view.status, value: view.value } : view;
}

export const readAnswer = ({ id, machine, key }: ReadMessage, outcome: ReadOutcome): object =>
  isRefused(outcome)
    ? refusedAnswer(id, outcome)
    : {
        type: 'state',
        id,
        machine,
        key,
        index: outcome.index,
        exists: outcome.exists,
        snapshot: outcome.view,
      };

export const refusedAnswer = (id: RequestId | undefined, { code, message }: Refused): object => ({
  type: 'refused',
  id,
  code,
  message,
});

export const isRefused = (outcome: ReadOutcome): outcome is Refused => 'end' in outcome;
