/** What a viewer may say, as schemas, compiled once. Fields that are not named here are ignored. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { limits } from '../../machines/protocol/limits.ts';
import type { RefusalCode } from '../../machines/protocol/errors.ts';
import { refused, type Refused } from '../../machines/protocol/outcome.ts';
import { refusalOfEvent } from '../gateway/event-check.ts';
import { briefly, explain } from '../gateway/explain.ts';
import type { MessageKind } from '../gateway/client-schema.ts';
import type { FromViewer } from './question-protocol.ts';

const name = (what: string): Type.TString =>
  Type.String({
    pattern: `^[A-Za-z0-9_.-]{1,${limits.machineNameCharsMax}}$`,
    description: `the name of a ${what}`,
  });
const node = name('node');
const machine = name('machine');
const key = Type.String({
  pattern: `^[^\\p{Cc}\\p{Cs}]{1,${limits.keyCharsMax}}$`,
  description: `the key of an instance: 1 to ${limits.keyCharsMax} characters, no control characters`,
});
const actorCharsMax = 3 * limits.machineNameCharsMax + limits.keyCharsMax;
const actor = Type.String({
  pattern: `^[^\\p{Cc}\\p{Cs}]{1,${actorCharsMax}}$`,
  description: 'the name of an actor, such as "n1/link/n2"',
});
const index = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'the index of an entry, a whole number from 0 up',
});
const step = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'the number of a step, a whole number from 0 up',
});
const limit = Type.Integer({ minimum: 1, description: 'how many, 1 or more' });
const question = {
  request: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'a whole number, to know the answer by',
  }),
  node: Type.Optional(node),
};

const schemas = [
  Type.Object({ type: Type.Literal('watch'), actor }),
  Type.Object({ type: Type.Literal('unwatch'), actor }),
  Type.Object({ type: Type.Literal('watch-proposals'), node }),
  Type.Object({ type: Type.Literal('unwatch-proposals'), node }),
  Type.Object({
    type: Type.Literal('instances'),
    ...question,
    machine,
    search: Type.Optional(Type.String({ maxLength: limits.keyCharsMax, description: 'a text' })),
    after: Type.Optional(key),
    limit: Type.Optional(limit),
  }),
  Type.Object({
    type: Type.Literal('log'),
    ...question,
    from: Type.Optional(index),
    limit: Type.Optional(limit),
  }),
  Type.Object({ type: Type.Literal('instance-at'), ...question, machine, key, index }),
  Type.Object({ type: Type.Literal('messages'), ...question, index }),
  Type.Object({ type: Type.Literal('message-records'), ...question, index }),
  Type.Object({ type: Type.Literal('accepts'), ...question, machine, key }),
  Type.Object({
    type: Type.Literal('propose'),
    ...question,
    machine,
    key,
    // Judged by the gateway's own check, which has its own refusal codes.
    event: Type.Unknown({ description: 'an object with a string "type"' }),
    input: Type.Optional(Type.Unknown()),
  }),
  Type.Object({
    type: Type.Literal('transfer'),
    ...question,
    to: Type.Union([node, Type.Null()], { description: 'the name of a node, or null' }),
  }),
  Type.Object({ type: Type.Literal('seek'), ...question, step }),
  Type.Object({
    type: Type.Literal('lines'),
    ...question,
    from: step,
    limit: Type.Optional(limit),
    search: Type.Optional(Type.String({ maxLength: limits.keyCharsMax, description: 'a text' })),
  }),
];

function kindOf(schema: Type.TObject): MessageKind {
  const validator = Compile(schema);
  return {
    fields: schema.properties,
    check: (value) => validator.Check(value),
    errors: (value) => validator.Errors(value),
  };
}

const kinds: ReadonlyMap<unknown, MessageKind> = new Map(
  schemas.map((schema) => [
    (schema.properties['type'] as { const?: unknown }).const,
    kindOf(schema),
  ]),
);

/** Not understood; `request` is repeated where there is one that can be. */
export type Misunderstood = Readonly<{
  type: 'misunderstood';
  request: number;
  code: RefusalCode;
  message: string;
}>;

/** Never empty: a frame without a message is refused with one. */
export function understandViewer(text: string): readonly (FromViewer | Misunderstood)[] {
  if (text.length > limits.viewerFrameBytesMax) {
    const sentence = `a frame holds at most ${limits.viewerFrameBytesMax} bytes`;
    return [refusing({}, refused('too-large', sentence))];
  }
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    const sentence = 'the frame is not JSON; send one message or an array of them';
    return [refusing({}, refused('bad-request', sentence))];
  }
  if (!Array.isArray(frame)) return [understandMessage(frame)];
  if (frame.length === 0 || frame.length > limits.messagesPerFrameMax) {
    const sentence = `the array has ${frame.length} messages; send 1 to ${limits.messagesPerFrameMax}`;
    return [refusing({}, refused('bad-request', sentence))];
  }
  return frame.map(understandMessage);
}

function understandMessage(value: unknown): FromViewer | Misunderstood {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refusing({}, refused('bad-request', `the message is ${briefly(value)}; send an object`));
  }
  const message = value as Readonly<Record<string, unknown>>;
  const kind = kinds.get(message['type']);
  if (kind === undefined) return refusing(message, unknownType(message['type']));
  if (!kind.check(message)) return refusing(message, explain(kind, message));
  if (message['type'] === 'propose') {
    const refusal = refusalOfEvent(message['event'], message['input']);
    if (refusal !== null) return refusing(message, refusal);
  }
  return message as FromViewer;
}

const unknownType = (type: unknown): Refused =>
  refused(
    'bad-request',
    `"type" is ${type === undefined ? 'missing' : briefly(type)}; send ${[...kinds.keys()].join(', ')}`,
  );

/** Zero where there is no request to be repeated. */
function refusing(
  { request }: Readonly<Record<string, unknown>>,
  { code, message }: Refused,
): Misunderstood {
  const known = typeof request === 'number' && Number.isSafeInteger(request) ? request : 0;
  return { type: 'misunderstood', request: known, code, message };
}
