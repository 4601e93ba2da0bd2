/** The one error that callers of the client library meet. */
import { QuorateError, type ErrorCode } from '../../machines/protocol/errors.ts';

/**
 * What the cluster refuses with (README has a paragraph for each), and:
 *
 * - `cluster-unreachable`: no node could be reached in time.
 * - `outcome-unknown`: time was up before the end was certain.
 * - `aborted`: the call's own signal was aborted; its reason is the `cause`.
 * - `closed`: the cluster object, or the actor, was closed.
 * - `overloaded` is also said by the library itself, when it keeps too much already.
 * - `machine-differs`: the instance is in a state that the machine at hand does not have.
 * - `usage`: an argument makes no sense.
 */
export type ClientErrorCode = ErrorCode | 'aborted' | 'closed' | 'machine-differs';

type Told = Readonly<{ proposalId?: string | null; cause?: unknown }>;

export class QuorateClientError extends Error {
  override readonly name = 'QuorateClientError';
  readonly code: ClientErrorCode;
  /**
   * `refused`: what was asked was not done and never will be. `unknown`: it may have been, or may
   * still be; proposing it again with this `proposalId` tells, and never does it twice.
   */
  readonly outcome: 'refused' | 'unknown';
  /** Of the proposal it is about; null where it is about none. */
  readonly proposalId: string | null;

  constructor(
    code: ClientErrorCode,
    outcome: 'refused' | 'unknown',
    message: string,
    { proposalId = null, cause }: Told = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.outcome = outcome;
    this.proposalId = proposalId;
  }
}

/** The library speaks to programs; what the command line advises is of no use to them. */
export function toClientError(error: unknown, proposalId: string | null = null): unknown {
  if (!(error instanceof QuorateError)) return error;
  const { code, detail } = error;
  const message = 'why' in detail ? `no node answers (${detail['why']})` : error.message;
  return new QuorateClientError(code, 'refused', message, { proposalId, cause: error });
}

export const abortedError = (
  reason: unknown,
  mayStillHappen = false,
  proposalId: string | null = null,
) =>
  new QuorateClientError(
    reason instanceof QuorateClientError ? reason.code : 'aborted',
    mayStillHappen ? 'unknown' : 'refused',
    mayStillHappen
      ? 'called off after it was sent: it may or may not be applied; propose it again under the same proposal id to learn which'
      : 'called off; nothing was done',
    { proposalId, cause: reason },
  );

export const closedError = (what: string): QuorateClientError =>
  new QuorateClientError('closed', 'refused', `${what} was closed`);

export const usageError = (message: string): QuorateClientError =>
  new QuorateClientError('usage', 'refused', message);
