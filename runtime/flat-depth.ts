/**
 * How deep values are that devalue has written, which it does flat: a list in which each refers
 * to its parts by their places. It reads them by recursion; where that ends for want of stack
 * depends on the node, so it must not come so far.
 */

/** Whether it can be read within so many steps down. `flat` is parsed JSON. */
export function isNoDeeper(flat: unknown, depthMax: number): boolean {
  if (!Array.isArray(flat)) return true;
  const read = new Set<number>();

  // In the order in which they are read: what was met before is not read again.
  const fits = (place: unknown, left: number): boolean => {
    if (typeof place !== 'number' || place < 0 || read.has(place)) return true;
    if (left === 0) return false;
    read.add(place);
    return partsOf(flat[place] as unknown).every((part) => fits(part, left - 1));
  };
  return fits(0, depthMax);
}

const sparse = -7;
const views = /(?:Array|DataView)$/;

/** Places, among other things that are none. */
function partsOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value)) return Object.values(value);
  const [tag, ...parts] = value as readonly unknown[];
  if (tag === sparse) return parts.filter((_, nth) => nth > 0 && nth % 2 === 0);
  if (typeof tag !== 'string') return value;
  return views.test(tag) ? parts.slice(0, 1) : parts;
}
