/** What travels on a simulated connection: the frames of WebSocket, and the little of TCP that is seen. */

export type FrameKind =
  // The answers to a dial.
  | 'upgraded'
  | 'refused'
  | 'full'
  // RFC 6455.
  | 'text'
  | 'binary'
  | 'ping'
  | 'pong'
  | 'close'
  // Nothing more will come; all is void.
  | 'end'
  | 'reset';

export type Frame = {
  readonly kind: FrameKind;
  readonly data: Buffer;
  /** On the wire, its head included. */
  readonly bytes: number;
  /** When it reaches the other computer; Infinity while it cannot. */
  atMs: number;
  /** To be told when it has left its process. */
  left: ((error?: Error | null) => void) | null;
};

const nothing = Buffer.alloc(0);

/** The request to upgrade and its answer have about this size. */
const upgradeBytes = 200;

const headBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

const isOfTcp = (kind: FrameKind): boolean =>
  kind === 'end' || kind === 'reset' || kind === 'refused';

export function frameOf(
  kind: FrameKind,
  data: Buffer = nothing,
  left: Frame['left'] = null,
): Frame {
  const bytes =
    kind === 'upgraded' || kind === 'full' ? upgradeBytes : data.length + headBytes(data.length);
  return { kind, data, bytes: isOfTcp(kind) ? 0 : bytes, atMs: Infinity, left };
}

/** As bytes of their own only where they are not bytes yet. */
export function bytesOf(data: string | Uint8Array): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** RFC 6455 §5.5.1: the body of a close frame. */
export function closeBody(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return nothing;
  const body = Buffer.alloc(2 + Buffer.byteLength(reason));
  body.writeUInt16BE(code);
  body.write(reason, 2);
  return body;
}

/** 1005 where it says none. */
export const readCloseBody = (body: Buffer): Readonly<{ code: number; reason: Buffer }> =>
  body.length < 2
    ? { code: 1005, reason: nothing }
    : { code: body.readUInt16BE(), reason: body.subarray(2) };
