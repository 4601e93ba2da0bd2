/** A frame from a viewer of the inspector: what it asks for, or why that is not understood. */
import assert from 'node:assert/strict';
import { refusalCodes } from '../../../machines/protocol/errors.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { instanceNamed } from '../../../runtime/inspector/instance-name.ts';
import type { EventPicture } from '../../../runtime/inspector/protocol.ts';
import type { FromViewer } from '../../../runtime/inspector/question-protocol.ts';
import { understandViewer, type Misunderstood } from '../../../runtime/inspector/viewer-schema.ts';
import { viewerFrame, viewerWords } from '../grammar/viewer-messages.ts';
import { assertPlain } from '../plain-data.ts';
import { inUtf8, pure, type Target } from '../target.ts';

const codes: readonly string[] = refusalCodes;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function assertRefusal({ request, code, message }: Misunderstood): void {
  assert.ok(codes.includes(code), code);
  assert.ok(message.length > 5 && message.length < 1_000, message);
  assert.ok(!/[\r\n\t\0]/.test(message), 'a sentence stands on one line');
  assert.ok(Number.isSafeInteger(request));
}

function assertActor(actor: string): void {
  const name = instanceNamed('n1', actor);
  if (name === null) return;
  assert.equal(`n1/instance/${name.machine}/${name.key}`, actor);
  assert.ok(name.machine.length > 0 && name.key.length > 0);
}

const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isNode = (name: string): boolean => /^[\w.-]{1,64}$/.test(name);

/** Fields that its type does not have are none of anybody's concern. */
function assertAsked(message: FromViewer): void {
  switch (message.type) {
    case 'watch':
    case 'unwatch':
      return assertActor(message.actor);
    case 'watch-proposals':
    case 'unwatch-proposals':
      return assert.ok(isNode(message.node));
    case 'instance-at':
    case 'accepts':
    case 'propose':
      assert.ok(message.key.length > 0 && message.key.length <= limits.keyCharsMax);
      assert.doesNotMatch(message.key, /[\p{Cc}\p{Surrogate}]/u);
      if (message.type === 'instance-at') assert.ok(isIndex(message.index));
      if (message.type === 'propose') assertEvent(message.event);
      break;
    default:
  }
  assert.ok(isIndex(message.request) && isNode(message.node ?? 'n1'));
}

function assertEvent(event: EventPicture): void {
  assertPlain(JSON.parse(JSON.stringify(event)), limits.eventDepthMax + 1);
  assert.match(event.type, /^(?!xstate\.|\*$)/);
}

function check(input: Uint8Array): void {
  const text = Buffer.from(input).toString();
  const messages = understandViewer(text);
  const sent = parsed(text);
  const isWhole =
    Array.isArray(sent) && sent.length > 0 && sent.length <= limits.messagesPerFrameMax;
  assert.equal(messages.length, isWhole ? sent.length : 1, 'each message is answered');
  if (sent === undefined) assert.equal(messages[0]?.type, 'misunderstood');
  for (const message of messages) {
    if (message.type === 'misunderstood') assertRefusal(message);
    else assertAsked(message);
  }
}

export const viewerFrames: Target = {
  name: 'viewer-frames',
  claim: 'Each message of a frame is refused in one sentence, or asks for what may be asked',
  grammar: viewerFrame.map(inUtf8),
  words: viewerWords.map(inUtf8),
  runsInTests: 1_200,
  open: pure(check),
};
