/**
 * Whether two values are the same plain data, where undefined counts as absent, as it travels.
 * Asked for every entry on every node, so it takes no detour over text.
 */
export function isSameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Number.isNaN(a) && Number.isNaN(b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  return isWithin(a, b) && isWithin(b, a);
}

const isWithin = (part: object, whole: object): boolean => {
  for (const name of Object.keys(part)) {
    const is = (part as Record<string, unknown>)[name];
    if (!isSameData(is, (whole as Record<string, unknown>)[name])) return false;
  }
  return true;
};
