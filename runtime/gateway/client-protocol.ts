/**
 * From what a client sent to what it asks for. Strangers speak here: nothing is thrown, nothing
 * unbounded goes on, and every message gets either a request or a refusal that says why.
 *
 * client-protocol.md says the same for users.
 */
import { limits } from '../../machines/protocol/limits.ts';
import type { RefusalCode } from '../../machines/protocol/errors.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { refused, type Refused } from '../../machines/protocol/outcome.ts';
import {
  isRequestId,
  kinds,
  originalKind,
  type OriginalMessage,
  type ProposeMessage,
  type ReadMessage,
  type RequestId,
  type StatusMessage,
  type SubscribeMessage,
  type UnsubscribeMessage,
} from './client-schema.ts';
import { refusalOfEvent } from './event-check.ts';
import { briefly, explain } from './explain.ts';

export type Propose = ProposeMessage & Readonly<{ event: MachineEvent }>;

/** The original form has no `type` of its own. */
export type Original = OriginalMessage & Readonly<{ type: 'original' }>;

export type ClientRequest =
  | Propose
  | ReadMessage
  | SubscribeMessage
  | UnsubscribeMessage
  | StatusMessage
  | Original;

/** Ready to be sent: it repeats what of the message can be repeated. */
export type RefusedMessage = Readonly<{
  type: 'refused';
  id?: RequestId | undefined;
  proposalId?: string | undefined;
  proposal_id?: string | undefined;
  code: RefusalCode;
  message: string;
}>;

export type Understood = ClientRequest | RefusedMessage;

export type UnderstoodFrame = Readonly<{
  /** Whether the messages came as an array. Such a client takes its answers so, too. */
  isArray: boolean;
  /** Never empty: a frame without a message is refused with one. */
  messages: readonly Understood[];
}>;

/** Everything that one text frame asks for, in its order. */
export function understand(text: string): UnderstoodFrame {
  if (text.length > limits.clientFrameBytesMax) {
    return onlyRefused('too-large', `a frame holds at most ${limits.clientFrameBytesMax} bytes`);
  }
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return onlyRefused(
      'bad-request',
      'the frame is not JSON; send one message or an array of them',
    );
  }
  if (!Array.isArray(frame)) return { isArray: false, messages: [understandMessage(frame)] };
  if (frame.length === 0) {
    return onlyRefused('bad-request', 'the array is empty; send at least one message', true);
  }
  if (frame.length > limits.messagesPerFrameMax) {
    return onlyRefused(
      'too-large',
      `the array has ${frame.length} messages, none of which was carried out; ` +
        `send at most ${limits.messagesPerFrameMax} in one frame`,
      true,
    );
  }
  return { isArray: true, messages: frame.map(understandMessage) };
}

/** The same for one value that `JSON.parse` gave. */
function understandMessage(value: unknown): Understood {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refusing({}, refused('bad-request', `the message is ${briefly(value)}; send an object`));
  }
  const message = value as Readonly<Record<string, unknown>>;
  if (message.type === undefined && message.message_type !== undefined) return original(message);

  const kind = kinds.get(message.type);
  if (!kind) return refusing(message, unknownType(message.type));
  if (!kind.check(message)) return refusing(message, explain(kind, message));
  if (message.type === 'propose') {
    const refusal = refusalOfEvent(message.event, message.input);
    if (refusal) return refusing(message, refusal);
  }
  return message as ClientRequest;
}

/** For fields that arrived where there is only one thing that they can mean. */
export const understandAs = <Type extends 'propose' | 'read'>(
  type: Type,
  fields: object,
): Extract<ClientRequest, { type: Type }> | RefusedMessage =>
  understandMessage({ ...fields, type }) as Extract<ClientRequest, { type: Type }> | RefusedMessage;

function original(message: Readonly<Record<string, unknown>>): Understood {
  if (!originalKind.check(message)) return refusing(message, explain(originalKind, message));
  return { ...(message as OriginalMessage), type: 'original' };
}

const unknownType = (type: unknown): Refused =>
  refused(
    'bad-request',
    `"type" is ${type === undefined ? 'missing' : briefly(type)}; ` +
      'send "propose", "read", "subscribe", "unsubscribe" or "status"',
  );

/** As an answer to the message: with its ids, where those are fit to be repeated. */
function refusing(message: Readonly<Record<string, unknown>>, refusal: Refused): RefusedMessage {
  const { id, proposalId, proposal_id: originalId } = message;
  return {
    type: 'refused',
    id: isRequestId(id) ? id : undefined,
    proposalId: shortString(proposalId) ?? shortString(originalId),
    proposal_id: shortString(originalId),
    code: refusal.code,
    message: refusal.message,
  };
}

const shortString = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= limits.requestIdCharsMax ? value : undefined;

const onlyRefused = (code: RefusalCode, message: string, isArray = false): UnderstoodFrame => ({
  isArray,
  messages: [refusing({}, refused(code, message))],
});
