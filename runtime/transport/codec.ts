/**
 * Frames between nodes: a version and a list of messages, in MessagePack, in positional arrays
 * without any shared dictionary, so that each frame can be read alone. The grammar is peer-protocol.md.
 *
 * What a stranger sends is data: decoding never throws, and what it gives back has passed
 * schema and limits. What we send has passed the same ones.
 */
import { Packr, RESERVE_START_SPACE, Unpackr } from 'msgpackr';
import { invariant } from '../../machines/protocol/invariant.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { toFields, toMessage } from './fields.ts';
import { conforms, kindOf } from './schema.ts';

/** Also the first byte of every frame, since it is a small integer in MessagePack. */
const frameVersion = 1;

export type Encoded = Readonly<{
  frames: readonly Uint8Array[];
  /** What every peer would have to refuse, so it is in no frame. */
  unsendable: readonly Message[];
}>;

type UndecodableReason =
  | 'too-large'
  | 'unknown-version'
  | 'not-messagepack'
  | 'not-a-list'
  | 'too-many-messages'
  | 'unknown-kind'
  | 'wrong-fields';

export type Decoded =
  | Readonly<{ ok: true; messages: readonly Message[] }>
  | Readonly<{ ok: false; reason: UndecodableReason }>;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });

const frameHeaderBytes = 8;
const stringBytes = (text: string): number => 5 + 3 * text.length;

/** Never less than what the message takes in a frame. */
function bytesAtMost(message: Message): number {
  const fixedBytes = 64;
  switch (message.kind) {
    case 'append':
      return message.entries.reduce((sum, { payload }) => sum + 32 + payload.length, fixedBytes);
    case 'forward':
      return message.proposals.reduce(
        (sum, { proposalId, payload }) => sum + 8 + stringBytes(proposalId) + payload.length,
        fixedBytes,
      );
    case 'forwardRefused':
      return message.proposalIds.reduce(
        (sum, id) => sum + stringBytes(id),
        fixedBytes + 3 * limits.refusalMessageCharsMax,
      );
    case 'stateDigests':
      return fixedBytes + 32 * message.checkpoints.length;
    case 'course':
      return fixedBytes + 32 * message.states.length;
    case 'rows':
      return message.rows.reduce(
        (sum, { machine, key }) => sum + 32 + stringBytes(machine) + stringBytes(key),
        fixedBytes,
      );
    case 'stateRequest':
      return fixedBytes + stringBytes(message.machine) + stringBytes(message.key);
    case 'stateInFull': {
      const { machine, key, text } = message;
      return fixedBytes + stringBytes(machine) + stringBytes(key) + stringBytes(text ?? '');
    }
    default:
      return fixedBytes;
  }
}

function pack(list: readonly unknown[]): Uint8Array {
  const frame = packr.pack(list, RESERVE_START_SPACE | 1);
  frame[0] = frameVersion;
  invariant(frame.length <= limits.frameBytesMax, 'we never send what a peer must refuse');
  return frame;
}

/** As few frames as the limits allow, most often one; the messages keep their order. */
export function encodeFrames(messages: readonly Message[]): Encoded {
  const frames: Uint8Array[] = [];
  const unsendable: Message[] = [];
  let list: (readonly unknown[])[] = [];
  let listBytes = frameHeaderBytes;

  const closeFrame = (): void => {
    if (list.length > 0) frames.push(pack(list));
    list = [];
    listBytes = frameHeaderBytes;
  };

  for (const message of messages) {
    const messageBytes = bytesAtMost(message);
    const fields = toFields(message);
    if (frameHeaderBytes + messageBytes > limits.frameBytesMax || !conforms(message.kind, fields)) {
      unsendable.push(message);
      continue;
    }
    const isFull =
      listBytes + messageBytes > limits.frameBytesMax || list.length === limits.messagesPerFrameMax;
    if (isFull) closeFrame();
    list.push(fields);
    listBytes += messageBytes;
  }
  closeFrame();
  return { frames, unsendable };
}

/** The two values of a frame, or null where it does not hold exactly two. */
function unpackFrame(frame: Uint8Array): readonly unknown[] | null {
  const values: unknown[] = [];
  try {
    // One value after the other: reading the whole at once would, for a frame with more behind
    // its end, first turn all that had been read into text for the error message.
    unpackr.unpackMultiple(frame, (value: unknown) => values.push(value) <= 2);
  } catch {
    return null;
  }
  return values.length === 2 ? values : null;
}

/** Payloads are views of `frame`, which nobody may write to any more. */
export function decodeFrame(frame: Uint8Array): Decoded {
  if (frame.length > limits.frameBytesMax) return { ok: false, reason: 'too-large' };
  if (frame[0] !== frameVersion) return { ok: false, reason: 'unknown-version' };

  // Of a Buffer, the payloads would be Buffers too, and these are not equal to a Uint8Array.
  const values = unpackFrame(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength));
  if (values === null) return { ok: false, reason: 'not-messagepack' };
  const list = values[1];
  if (!Array.isArray(list)) return { ok: false, reason: 'not-a-list' };
  if (list.length > limits.messagesPerFrameMax) return { ok: false, reason: 'too-many-messages' };

  const messages: Message[] = [];
  for (const fields of list as readonly unknown[]) {
    const kind = Array.isArray(fields) ? kindOf(fields[0]) : undefined;
    if (kind === undefined) return { ok: false, reason: 'unknown-kind' };
    if (!conforms(kind, fields)) return { ok: false, reason: 'wrong-fields' };
    messages.push(toMessage(kind, fields));
  }
  return { ok: true, messages };
}
