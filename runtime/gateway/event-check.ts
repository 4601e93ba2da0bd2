/**
 * Whether an event, and the input beside it, may enter the log. What passes is plain data of
 * bounded depth and size, so that nothing behind this door runs out of stack or room over it.
 */
import { limits } from '../../machines/protocol/limits.ts';
import { refused, type Refused } from '../../machines/protocol/outcome.ts';

const { eventBytesMax, eventDepthMax, eventTypeCharsMax } = limits;

/** Of the two things that no size can say. */
const tooDeep = Number.POSITIVE_INFINITY;
const unspeakable = Number.NaN;

/** Of a surrogate pair. UTF-8 has no bytes for one, so what becomes of it depends on who encodes. */
const loneSurrogate = /[\uD800-\uDFFF]/u;

/**
 * At most how many bytes the value takes as JSON: every number at its longest, every character
 * as an escape. One cheap walk, which also finds what is nested too deep and what no two nodes
 * need agree on, since encodings change it or act upon it (`whyUnspeakable` says what).
 */
function bytesAtMost(value: unknown, depthLeft: number): number {
  if (typeof value === 'string') {
    return loneSurrogate.test(value) ? unspeakable : 6 * value.length + 2;
  }
  // JSON has no word for infinity, yet 1e999 is read as one.
  if (typeof value === 'number') return Number.isFinite(value) ? 25 : unspeakable;
  if (typeof value !== 'object' || value === null) return 25;
  if (depthLeft === 0) return tooDeep;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) bytes += 1 + bytesAtMost(item, depthLeft - 1);
    return bytes;
  }
  for (const [name, held] of Object.entries(value)) {
    if (name === '__proto__' || loneSurrogate.test(name)) return unspeakable;
    bytes += 6 * name.length + 4 + bytesAtMost(held, depthLeft - 1);
  }
  return bytes;
}

/** Ends `"event" or "input" has …`; null where it has none of these. */
function whyUnspeakable(value: unknown, depthLeft: number): string | null {
  if (typeof value === 'string') {
    return loneSurrogate.test(value)
      ? 'half a surrogate pair in a text; send whole characters'
      : null;
  }
  if (typeof value === 'number') {
    return Number.isFinite(value)
      ? null
      : 'a number that is too large; send a smaller one, or text';
  }
  if (typeof value !== 'object' || value === null || depthLeft === 0) return null;
  if (Object.hasOwn(value, '__proto__')) return 'a field named "__proto__"; give it another name';
  for (const [name, held] of Object.entries(value)) {
    const why = whyUnspeakable(name, 0) ?? whyUnspeakable(held, depthLeft - 1);
    if (why !== null) return why;
  }
  return null;
}

/** Null if it may. Both are what `JSON.parse` gave; `input` may be undefined. */
export function refusalOfEvent(event: unknown, input: unknown): Refused | null {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return invalid('"event" is not an object; send one like {"type":"PAY"}');
  }
  const type = 'type' in event ? event.type : undefined;
  if (typeof type !== 'string' || type.length === 0) {
    return invalid('"event" has no "type"; send its name there, like {"type":"PAY"}');
  }
  if (type.length > eventTypeCharsMax) {
    return invalid(
      `the event's "type" has ${type.length} characters; send at most ${eventTypeCharsMax}`,
    );
  }
  if (type.startsWith('xstate.')) {
    return invalid('event types that start with "xstate." are XState\'s own; send another "type"');
  }
  if (type === '*') return invalid('"*" is no event type, it stands for any; send a name');

  const bytes =
    bytesAtMost(event, eventDepthMax) +
    (input === undefined ? 0 : bytesAtMost(input, eventDepthMax));
  if (bytes <= eventBytesMax) return null;
  if (Number.isNaN(bytes)) {
    const why = whyUnspeakable([event, input], eventDepthMax + 1) ?? 'what cannot be kept';
    return invalid(`"event" or "input" has ${why}`);
  }
  if (bytes === tooDeep) {
    return invalid(
      `"event" or "input" is nested more than ${eventDepthMax} levels deep; send flatter data`,
    );
  }
  const exact = jsonBytes(event) + (input === undefined ? 0 : jsonBytes(input));
  if (exact <= eventBytesMax) return null;
  return refused(
    'too-large',
    `"event" and "input" take ${exact} bytes as JSON; send at most ${eventBytesMax}`,
  );
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const invalid = (message: string): Refused => refused('invalid-event', message);
