/**
 * A copy of what a chart keeps, for whoever may change it in place: what is in force, or is
 * remembered, must not change with it. Circles and shared parts stay what they are.
 */

/** Objects of classes are not copied: an actor, say, is known by who it is. */
export function copyOf<Value>(value: Value, copies = new Map<unknown, unknown>()): Value {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known as Value;
  const inner = (part: unknown): unknown => copyOf(part, copies);
  const kept = <Copy extends object>(copy: Copy): Copy => {
    copies.set(value, copy);
    return copy;
  };
  return copied(value, inner, kept) as Value;
}

function copied(
  value: object,
  inner: (part: unknown) => unknown,
  kept: <Copy extends object>(copy: Copy) => Copy,
): object {
  if (Array.isArray(value)) {
    const copy: unknown[] = kept([]);
    for (const part of value) copy.push(inner(part));
    return copy;
  }
  if (value instanceof Map) {
    const copy = kept(new Map<unknown, unknown>());
    for (const [key, part] of value) copy.set(inner(key), inner(part));
    return copy;
  }
  if (value instanceof Set) {
    const copy = kept(new Set<unknown>());
    for (const part of value) copy.add(inner(part));
    return copy;
  }
  if (value instanceof Date) return kept(new Date(value));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy = kept({});
  for (const [key, part] of Object.entries(value)) Reflect.set(copy, key, inner(part));
  return copy;
}
