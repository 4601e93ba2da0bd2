/** A frame from a viewer of the inspector: what it asks for, or why that is not understood. */
import assert from 'node:assert/strict';
import { refusalCodes } from '../../../machines/protocol/errors.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { instanceNamed } from '../../../runtime/inspector/instance-name.ts';
import type { FromViewer } from '../../../runtime/inspector/protocol.ts';
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

function assertAsked(message: FromViewer): void {
  if ('request' in message) {
    assert.ok(Number.isSafeInteger(message.request) && message.request >= 0);
    if (message.node !== undefined) assert.match(message.node, /^[\w.-]{1,64}$/);
  }
  if ('key' in message) {
    assert.ok(message.key.length > 0 && message.key.length <= limits.keyCharsMax);
    assert.doesNotMatch(message.key, /[\p{Cc}\p{Surrogate}]/u);
  }
  if ('index' in message) assert.ok(Number.isSafeInteger(message.index) && message.index >= 0);
  if ('actor' in message) {
    const name = instanceNamed('n1', message.actor);
    if (name !== null) {
      assert.equal(`n1/instance/${name.machine}/${name.key}`, message.actor);
      assert.ok(name.machine.length > 0 && name.key.length > 0);
    }
  }
  if (message.type === 'propose') {
    const sent: unknown = JSON.parse(JSON.stringify(message.event));
    assertPlain(sent, limits.eventDepthMax + 1);
    assert.match(message.event.type, /^(?!xstate\.|\*$)/);
  }
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
