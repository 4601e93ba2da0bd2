/**
 * What was wrong with a message, in one sentence: which field, what stood there, what to send
 * instead. Quotes little of what it was sent, however much that was.
 */
import { limits } from '../../machines/protocol/limits.ts';
import { refused, type Refused } from '../../machines/protocol/outcome.ts';
import type { MessageKind } from './client-schema.ts';

const quotedCharsMax = 40;

/** For a value that is not of this kind. */
export function explain(kind: MessageKind, message: Readonly<Record<string, unknown>>): Refused {
  const [first] = kind.errors(message);
  const field =
    first?.keyword === 'required'
      ? (first.params.requiredProperties[0] ?? '')
      : (first?.instancePath.split('/')[1] ?? '');
  const value = message[field];
  const remedy = remedyOf(kind, field);
  if (value === undefined) return refused('bad-request', `"${field}" is missing; send ${remedy}`);
  if (field === 'key' && typeof value === 'string' && value.length > limits.keyCharsMax) {
    return refused('too-large', `"key" has ${value.length} characters; send ${remedy}`);
  }
  return refused('bad-request', `"${field}" is ${briefly(value)}; send ${remedy}`);
}

function remedyOf(kind: MessageKind, field: string): string {
  const schema = kind.fields[field];
  return schema && 'description' in schema ? String(schema.description) : 'what the protocol says';
}

/** Never walks into a value: that may be deeper than the stack. */
export function briefly(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length <= quotedCharsMax
    ? JSON.stringify(value)
    : `${JSON.stringify(value.slice(0, quotedCharsMax))}… (${value.length} characters)`;
}
