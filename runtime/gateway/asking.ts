/** Turns a message that was understood into what the node is asked. */
import { proposalId, type ProposalId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { ProposeRequest, ReadRequest } from '../service.ts';
import type { ReadMessage } from './client-schema.ts';
import type { Propose } from './client-protocol.ts';

export const toPropose = (
  { machine, key, event, input, timeoutMs }: Propose,
  id: ProposalId,
): ProposeRequest => ({
  proposalId: id,
  machine,
  key,
  event,
  ...(input === undefined ? undefined : { input }),
  timeoutMs: patienceMs(timeoutMs),
});

export const toRead = ({ machine, key, consistency, timeoutMs }: ReadMessage): ReadRequest => ({
  machine,
  key,
  consistency: consistency ?? 'linearizable',
  timeoutMs: patienceMs(timeoutMs),
});

/** An answer may always come sooner than asked for, so more than the most is not refused. */
const patienceMs = (asked: number | undefined): number =>
  Math.min(asked ?? limits.proposalTimeoutMsDefault, limits.proposalTimeoutMsMax);

/** UUIDs that differ in case alone are one UUID, and must never become two proposals. */
export const sameForAll = (uuid: string): ProposalId => proposalId(uuid.toLowerCase());
