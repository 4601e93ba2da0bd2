/**
 * Remembers what objects hold, so that they can be given it back: user code that changes them in
 * place has changed what all later steps begin with, and often what the module itself holds.
 */

type Restore = () => void;

/** All that is plain data in there. `isClosed`: what is not to be looked into. */
export function remember(value: unknown, isClosed: (value: object) => boolean): Restore {
  const restores: Restore[] = [];
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || seen.has(next) || isClosed(next)) continue;
    seen.add(next);
    const [parts, restore] = remembered(next);
    waiting.push(...parts);
    restores.push(restore);
  }
  return () => {
    for (const restore of restores) restore();
  };
}

function remembered(value: object): readonly [parts: readonly unknown[], restore: Restore] {
  // Nobody can have changed that one, and we could not either.
  if (Object.isFrozen(value)) return [Object.values(value), () => {}];
  if (Array.isArray(value)) return rememberedItems(value);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)];
    const restore = (): void => {
      value.clear();
      for (const [key, item] of entries) value.set(key, item);
    };
    return [entries.flat(), restore];
  }
  if (value instanceof Set) {
    const items = [...(value as ReadonlySet<unknown>)];
    const restore = (): void => {
      value.clear();
      for (const item of items) value.add(item);
    };
    return [items, restore];
  }
  if (value instanceof Date) {
    const timeMs = value.getTime();
    return [[], () => void value.setTime(timeMs)];
  }
  return isPlain(value) ? rememberedFields(value) : [[], () => {}];
}

function rememberedItems(list: unknown[]): readonly [readonly unknown[], Restore] {
  const items = list.slice();
  const restore = (): void => {
    // Emptied first, so that what was a gap is one again.
    if (!Object.isSealed(list)) list.length = 0;
    list.length = items.length;
    for (const [at, item] of Object.entries(items)) list[Number(at)] = item;
  };
  return [items, restore];
}

function rememberedFields(value: object): readonly [readonly unknown[], Restore] {
  const fields = Object.entries(value);
  const restore = (): void => {
    // All of them, since what was taken out would come back in another place.
    for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
    for (const [key, field] of fields) Reflect.set(value, key, field);
  };
  return [fields.map(([, field]) => field), restore];
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
