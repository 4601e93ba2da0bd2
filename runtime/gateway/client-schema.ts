/**
 * The messages a client may send, as schemas, compiled once. Fields that are not named here are
 * ignored, so that a newer client can speak to an older node. Every description completes the
 * sentence "send …" of a refusal.
 */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { limits } from '../../machines/protocol/limits.ts';

const machineNamePattern = `^[A-Za-z0-9_.-]{1,${limits.machineNameCharsMax}}$`;

const id = Type.Union([Type.String({ maxLength: limits.requestIdCharsMax }), Type.Number()], {
  description: `a string of at most ${limits.requestIdCharsMax} characters, or a number`,
});
const machine = Type.String({
  pattern: machineNamePattern,
  description: `the name of a machine: 1 to ${limits.machineNameCharsMax} of A-Z a-z 0-9 _ . -`,
});
const key = Type.String({
  // Neither control characters nor halves of a surrogate pair, which UTF-8 cannot carry.
  pattern: `^[^\\p{Cc}\\p{Cs}]{1,${limits.keyCharsMax}}$`,
  description: `the key of an instance: 1 to ${limits.keyCharsMax} characters, no control characters`,
});
const uuid = Type.String({
  pattern: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$',
  description: 'a UUID, or leave it out and the node makes one',
});
const timeoutMs = Type.Number({
  minimum: 1,
  description: 'a number of milliseconds, 1 or more',
});

const proposeSchema = Type.Object({
  type: Type.Literal('propose'),
  id: Type.Optional(id),
  proposalId: Type.Optional(uuid),
  machine,
  key,
  // Judged by event-check.ts, which has its own refusal codes.
  event: Type.Unknown({ description: 'an object with a string "type"' }),
  input: Type.Optional(Type.Unknown()),
  timeoutMs: Type.Optional(timeoutMs),
  reply: Type.Optional(
    Type.Union([Type.Literal('snapshot'), Type.Literal('value'), Type.Literal('none')], {
      description: '"snapshot", "value" or "none"',
    }),
  ),
});

const readSchema = Type.Object({
  type: Type.Literal('read'),
  id: Type.Optional(id),
  machine,
  key,
  consistency: Type.Optional(
    Type.Union([Type.Literal('linearizable'), Type.Literal('lease'), Type.Literal('local')], {
      description: '"linearizable", "lease" or "local"',
    }),
  ),
  timeoutMs: Type.Optional(timeoutMs),
});

const subscribeSchema = Type.Object({
  type: Type.Literal('subscribe'),
  id,
  machine,
  key,
  afterIndex: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'the "index" of the last state that was seen, a whole number from 0 up',
    }),
  ),
});

const unsubscribeSchema = Type.Object({ type: Type.Literal('unsubscribe'), id });

const statusSchema = Type.Object({ type: Type.Literal('status'), id: Type.Optional(id) });

/** The message form this system began with. Who says it is the sender's own affair. */
const originalSchema = Type.Object({
  message_type: Type.Literal('Proposal', {
    description: '"Proposal": the other two are for a node to say',
  }),
  proposed_state: Type.String({ description: '"Running" or "Stopped"' }),
  proposal_id: Type.Optional(uuid),
});

export type RequestId = Static<typeof id>;
export type ProposeMessage = Static<typeof proposeSchema>;
export type ReadMessage = Static<typeof readSchema>;
export type SubscribeMessage = Static<typeof subscribeSchema>;
export type UnsubscribeMessage = Static<typeof unsubscribeSchema>;
export type StatusMessage = Static<typeof statusSchema>;
export type OriginalMessage = Static<typeof originalSchema>;

/** One kind of message: whether a value is one, what is wrong with it if not, what it should hold. */
export type MessageKind = Readonly<{
  fields: Readonly<Record<string, Type.TSchema>>;
  check(value: unknown): boolean;
  errors(value: unknown): readonly TLocalizedValidationError[];
}>;

function kindOf(schema: Type.TObject): MessageKind {
  const validator = Compile(schema);
  return {
    fields: schema.properties,
    check: (value) => validator.Check(value),
    errors: (value) => validator.Errors(value),
  };
}

export const originalKind = kindOf(originalSchema);

/** By their `type`. A map, since `constructor` is a type that a stranger may well send. */
export const kinds: ReadonlyMap<unknown, MessageKind> = new Map([
  ['propose', kindOf(proposeSchema)],
  ['read', kindOf(readSchema)],
  ['subscribe', kindOf(subscribeSchema)],
  ['unsubscribe', kindOf(unsubscribeSchema)],
  ['status', kindOf(statusSchema)],
]);

const idValidator = Compile(id);
export const isRequestId = (value: unknown): value is RequestId => idValidator.Check(value);

const machineName = new RegExp(machineNamePattern, 'u');
export const isMachineName = (name: string): boolean => machineName.test(name);
