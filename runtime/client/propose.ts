/**
 * One proposal, sent under one id until its end is certain or the time is up. What makes this
 * subtle: once an attempt has ended unclear, a refusal of the next attempt says nothing about
 * the first, which may still be committed.
 */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { QuorateError, type RefusalCode } from '../../machines/protocol/errors.ts';
import { hostOf } from './address.ts';
import { ConnectionLost } from './connection.ts';
import { insist } from './insist.ts';
import type { ProposalAnswer, RefusedAnswer } from './messages.ts';
import type { Rotation } from './rotation.ts';

export type ProposalRequest = Readonly<{
  machine: string;
  key: string;
  event: MachineEvent;
  input?: unknown;
  proposalId?: string;
  timeoutMs: number;
  /** Nothing is sent any more; rejects with {@link CalledOff}. */
  signal?: AbortSignal;
}>;

/** Aborted by its signal. What had been sent by then goes on. */
export class CalledOff extends Error {
  override readonly name = 'CalledOff';
  readonly mayStillHappen: boolean;

  constructor(mayStillHappen: boolean, cause: unknown) {
    super(mayStillHappen ? 'called off after it was sent' : 'called off', { cause });
    this.mayStillHappen = mayStillHappen;
  }
}

/** The node's own answer should arrive before we give the node up. */
const graceMs = 500;

/** Another node, or the same one a little later, may well take it. */
const passing: ReadonlySet<RefusalCode> = new Set([
  'no-leader',
  'shutting-down',
  'diverged',
  'overloaded',
]);

/** These hold for every attempt alike: the request itself, or what the log made of it. */
const holdsForAll: ReadonlySet<RefusalCode> = new Set([
  'unknown-machine',
  'invalid-event',
  'too-large',
  'bad-request',
  'machine-error',
]);

export const clusterUnreachable = (why: string): QuorateError =>
  new QuorateError(
    'cluster-unreachable',
    `no node answers (${why}); start a cluster with \`quorate start\`, or name a node with --url.`,
    { why },
  );

/** Rejects with a QuorateError `cluster-unreachable` where nothing was ever sent. */
export async function propose(
  rotation: Rotation,
  request: ProposalRequest,
): Promise<ProposalAnswer> {
  const { timeoutMs, signal, ...command } = request;
  const proposalId = request.proposalId ?? rotation.clock.newProposalId();
  let mayStillHappen: string | null = null;
  let refusal: RefusedAnswer | null = null;

  const unknown = (why: string): ProposalAnswer => ({
    type: 'unknown',
    proposalId,
    message: `${why}: it may or may not be applied; send it again under the same proposal id, ${proposalId}, to learn which.`,
  });
  /** Nothing that ended before it in doubt is made certain by what ends well. */
  let underWay = false;

  const trying = insist<ProposalAnswer>(
    rotation,
    timeoutMs,
    async (connection, patienceMs) => {
      try {
        underWay = true;
        const answer = await connection.ask(
          { type: 'propose', ...command, proposalId, timeoutMs: patienceMs },
          patienceMs + graceMs,
        );
        if (answer.type === 'committed') return answer;
        if (answer.type === 'refused') {
          refusal = answer;
          if (passing.has(answer.code)) return null;
          return mayStillHappen === null || holdsForAll.has(answer.code)
            ? { ...answer, proposalId }
            : unknown(`${mayStillHappen}, then ${answer.message}`);
        }
        mayStillHappen = `${hostOf(connection.url)}: no answer in time`;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        mayStillHappen = error.message;
      } finally {
        underWay = false;
      }
      return null;
    },
    signal,
  );
  const { settled, ...inTime } = await trying.catch((error: unknown) => {
    if (signal?.aborted !== true) throw error;
    throw new CalledOff(underWay || mayStillHappen !== null, signal.reason);
  });
  if (settled !== null) return settled;
  if (mayStillHappen !== null) return unknown(mayStillHappen);
  if (refusal !== null) return { ...(refusal as RefusedAnswer), proposalId };
  throw clusterUnreachable(('unreachable' in inTime && inTime.unreachable) || 'no time left');
}
