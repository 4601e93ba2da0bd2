/**
 * Whether two values are the same plain data, where undefined counts as absent, as it travels.
 * Asked for every entry on every node, so it takes no detour over text.
 */
export function isSameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Number.isNaN(a) && Number.isNaN(b);
  }
  return Array.isArray(a) === Array.isArray(b) && isWithin(a, b, true) && isWithin(b, a, false);
}

/** What both have is compared once, on the first way. */
function isWithin(part: object, whole: object, isFirst: boolean): boolean {
  for (const name in part) {
    const is = (part as Record<string, unknown>)[name];
    const there = (whole as Record<string, unknown>)[name];
    if (isFirst ? !isSameData(is, there) : is !== undefined && there === undefined) return false;
  }
  return true;
}
