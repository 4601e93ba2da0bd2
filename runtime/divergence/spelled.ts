/**
 * A state as JSON that people can read, with everything in it that a digest sees
 * (`machines/replica/digest-value.ts`): what JSON cannot say is said by its kind.
 */
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { Instance } from '../../machines/replica/instances.ts';

const depthMax = 500;

export const spelled = (value: unknown): unknown => plain(value, []);

/** As a client would see it. */
export const spelledView = ({ status, value, context, output, error }: InstanceView): unknown =>
  spelled({ status, value, context, output, error });

/** With its actors, and what it waits for and has asked of the world. */
export const spelledInstance = ({ view, inside, pending, latestIndex }: Instance): unknown => ({
  ...(spelledView(view) as object),
  inside: spelled(inside),
  timers: pending.timers.map(({ timer, id, dueMs }) => spelled({ timer, id, dueMs })),
  effects: pending.effects.map(({ id, wish, claimedIn, heard }) => ({
    id,
    kind: wish.kind,
    claimedIn,
    heard,
  })),
  latestEvent: latestIndex,
});

const marked = (kind: string, said: unknown): unknown => ({ [`(${kind})`]: said });

function plain(value: unknown, above: object[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : marked('number', String(value));
    case 'bigint':
      return marked('bigint', String(value));
    case 'object':
      return value === null ? null : inner(value, above);
    default:
      return null;
  }
}

function inner(value: object, above: object[]): unknown {
  const loop = above.indexOf(value);
  if (loop >= 0) return marked('cycle', above.length - loop);
  if (above.length >= depthMax) return marked('too deep', null);
  above.push(value);
  try {
    return whole(value, above);
  } catch {
    return marked('unreadable', null);
  } finally {
    above.pop();
  }
}

function whole(value: object, above: object[]): unknown {
  const all = (items: Iterable<unknown>): unknown[] => [...items].map((item) => plain(item, above));
  if (Array.isArray(value)) return all(value);
  const kind: unknown = Object.getPrototypeOf(value);
  if (kind === Object.prototype || kind === null) return fields(value, above);
  if (value instanceof Map) {
    return marked(
      'Map',
      [...value].map(([key, held]) => [plain(key, above), plain(held, above)]),
    );
  }
  if (value instanceof Set) return marked('Set', all(value));
  if (value instanceof Date) {
    const timeMs = value.getTime();
    return marked('Date', Number.isNaN(timeMs) ? null : value.toISOString());
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return marked(value.constructor.name, Buffer.from(bytes).toString('hex'));
  }
  if (value instanceof RegExp) return marked('RegExp', String(value));
  if (value instanceof Error) {
    const { name, message } = value;
    return marked('Error', { name, message, ...fields(value, above) });
  }
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? plain(toJSON.call(value), above) : fields(value, above);
}

/** Those that are undefined count as absent. */
const fields = (value: object, above: object[]): object =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !['undefined', 'function', 'symbol'].includes(typeof field))
      .map(([name, field]) => [name, plain(field, above)]),
  );
