/**
 * Every error an outsider can meet, by its stable code. README has a paragraph for each.
 * The code is for programs, the sentence for people, the detail for the remedy.
 */

/** Why a proposal or a read was refused: it was not and never will be applied. */
export const refusalCodes = [
  'not-running',
  'unknown-machine',
  'invalid-event',
  'too-large',
  'overloaded',
  'unauthorized',
  'machine-error',
  'no-leader',
  'shutting-down',
  'diverged',
  'bad-request',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Why a node does not start, does not go on, or does not talk to another. */
export const faultCodes = [
  'usage',
  'port-in-use',
  'address-unavailable',
  'storage-in-use',
  'storage-unwritable',
  'storage-full',
  'storage-failed',
  'storage-corrupt',
  'storage-newer',
  'storage-wrong-cluster',
  'storage-wrong-node',
  'machines-unreadable',
  'machine-unsupported',
  'machines-changed',
  'upgrade-unfit',
  'trace-unreadable',
  'peer-wrong-protocol',
  'peer-wrong-cluster',
  'peer-unknown-node',
  'peer-machines-differ',
  'peer-garbage',
  'peer-unreachable',
  'cluster-unreachable',
  'no-leader',
  'outcome-unknown',
  'not-ready',
  'internal',
] as const;
export type FaultCode = (typeof faultCodes)[number];

export type ErrorCode = RefusalCode | FaultCode;

export type ErrorDetail = Readonly<Record<string, string | number>>;

/** An error a caller can act on. `message` says what happened, why, and what to do. */
export class QuorateError extends Error {
  override readonly name = 'QuorateError';
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.detail = detail;
  }
}
