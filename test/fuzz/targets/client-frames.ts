/** A frame from a client: understand, and what the log makes of a proposal that was understood. */
import assert from 'node:assert/strict';
import { refusalCodes } from '../../../machines/protocol/errors.ts';
import { proposalId, toIndex } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { decodeCommand, encodeCommand } from '../../../runtime/command-codec.ts';
import {
  understand,
  type ClientRequest,
  type Propose,
  type RefusedMessage,
  type Understood,
} from '../../../runtime/gateway/client-protocol.ts';
import { clientFrame, clientWords } from '../grammar/client-messages.ts';
import { assertPlain } from '../plain-data.ts';
import { inUtf8, pure, type Target } from '../target.ts';

const sentenceCharsMax = 1_000;
const words: readonly string[] = refusalCodes;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function assertRefusal(refusal: RefusedMessage): void {
  const { code, message, id, proposalId: repeated } = refusal;
  assert.ok(words.includes(code), code);
  assert.ok(message.length > 10 && message.length <= sentenceCharsMax, message);
  // What quotes a value escapes it as JSON does.
  assert.ok(!/[\r\n\t\0]/.test(message), 'a sentence stands on one line');
  assert.ok(id === undefined || typeof id === 'number' || typeof id === 'string');
  assert.ok((repeated ?? '').length <= limits.requestIdCharsMax);
  assert.ok(JSON.stringify(refusal).length < 8 * sentenceCharsMax);
}

/** As JSON means it: there is one zero. */
const withOneZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function assertProposal({ machine, key, event, input }: Propose): void {
  const sent = withOneZero({ event, ...(input === undefined ? {} : { input }) });
  assertPlain(sent, limits.eventDepthMax + 1);
  assert.match(event.type, /^(?!xstate\.|\*$)/);
  const command = { proposalId: proposalId('p'), machine, key, event, since: toIndex(1) };
  const decoded = decodeCommand(
    encodeCommand(input === undefined ? command : { ...command, input }),
  );
  assert.ok(decoded !== null && 'event' in decoded, 'what was taken in is a command to every node');
  const kept = { event: decoded.event, ...('input' in decoded ? { input: decoded.input } : {}) };
  assert.deepEqual(kept, sent, 'the machine gets what was sent');
}

function assertPatience(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  assert.ok(Number.isFinite(timeoutMs) && timeoutMs >= 1, `it waits ${timeoutMs} ms`);
}

/** Fields that its type does not have are none of anybody's concern. */
function assertRequest(request: ClientRequest): void {
  const { type } = request;
  if (type === 'propose' || type === 'read') assertPatience(request.timeoutMs);
  if (type === 'propose' || type === 'read' || type === 'subscribe') {
    assert.ok(request.key.length > 0 && request.key.length <= limits.keyCharsMax, 'a key has room');
    assert.doesNotMatch(request.key, /[\p{Cc}\p{Surrogate}]/u);
    assert.match(request.machine, /^[\w.-]{1,64}$/);
  }
  if (type === 'subscribe' && request.afterIndex !== undefined) {
    assert.ok(Number.isSafeInteger(request.afterIndex) && request.afterIndex >= 0, 'an index');
  }
  if (type === 'propose') assertProposal(request);
}

function assertUnderstood(message: Understood): void {
  if (message.type === 'refused') assertRefusal(message);
  else assertRequest(message);
}

function check(input: Uint8Array): void {
  const text = Buffer.from(input).toString();
  const { isArray, messages } = understand(text);
  const sent = parsed(text);
  assert.equal(isArray, Array.isArray(sent));
  const isWhole =
    Array.isArray(sent) && sent.length > 0 && sent.length <= limits.messagesPerFrameMax;
  assert.equal(messages.length, isWhole ? sent.length : 1, 'each message is answered');
  if (sent === undefined) assert.equal(messages[0]?.type, 'refused');
  messages.forEach(assertUnderstood);
}

export const clientFrames: Target = {
  name: 'client-frames',
  claim:
    'Each message of a frame is refused in one sentence, or asks for what may be asked, and its event reaches the machines as it was sent',
  grammar: clientFrame.map(inUtf8),
  words: clientWords.map(inUtf8),
  runsInTests: 1_200,
  open: pure(check),
};
