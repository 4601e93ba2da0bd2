/**
 * Looks into what a chart keeps: plain objects, lists, maps and sets, and circles of them. What
 * else there is, actors included, is found but not opened.
 */

type IsIt = (found: object) => boolean;

/** Whether anything in there is what is looked for. */
export function holds(value: unknown, isIt: IsIt): boolean {
  return search(value, isIt, null);
}

/** `clean` gathers what has it nowhere. */
function search(value: unknown, isIt: IsIt, clean: Set<object> | null): boolean {
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (seen.has(next) || clean?.has(next) === true) continue;
    if (isIt(next)) return true;
    seen.add(next);
    for (const part of partsOf(next)) waiting.push(part);
  }
  if (clean !== null) for (const each of seen) clean.add(each);
  return false;
}

/** `copy` is for what is inside of it. */
export type Replace = (found: object, copy: (part: unknown) => unknown) => unknown;

/**
 * The same with all that is looked for replaced: a copy as far as it has any of it. What is there
 * twice, or within itself, stays so.
 */
export function replaced(value: unknown, isIt: IsIt, by: Replace): unknown {
  const copies = new Map<object, unknown>();
  const clean = new Set<object>();

  function copy(part: unknown): unknown {
    if (typeof part !== 'object' || part === null) return part;
    if (copies.has(part)) return copies.get(part);
    if (isIt(part)) {
      const instead = by(part, copy);
      copies.set(part, instead);
      return instead;
    }
    return search(part, isIt, clean) ? copyOf(part) : part;
  }

  function copyOf(part: object): unknown {
    if (Array.isArray(part)) {
      const list: unknown[] = [];
      copies.set(part, list);
      for (const item of part) list.push(copy(item));
      return list;
    }
    if (part instanceof Map) {
      const map = new Map();
      copies.set(part, map);
      for (const [key, item] of part) map.set(copy(key), copy(item));
      return map;
    }
    if (part instanceof Set) {
      const set = new Set();
      copies.set(part, set);
      for (const item of part) set.add(copy(item));
      return set;
    }
    if (!isPlain(part)) return part;
    const object = Object.create(Object.getPrototypeOf(part) as object | null) as object;
    copies.set(part, object);
    for (const [name, item] of Object.entries(part)) {
      const field = { value: copy(item), enumerable: true, writable: true, configurable: true };
      Object.defineProperty(object, name, field);
    }
    return object;
  }

  return copy(value);
}

function partsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  return isPlain(value) ? Object.values(value) : [];
}

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
