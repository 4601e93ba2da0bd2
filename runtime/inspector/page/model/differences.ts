/** What one step changed in a context, by path: `context.items[2].price`. */
import type { Difference } from '../../question-protocol.ts';

const mostDifferences = 200;

export function differencesBetween(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, 'context', found);
  return found;
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (Object.is(before, after) || found.length >= mostDifferences) return;
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    found.push({ path, ...said('before', before), ...said('after', after) });
    return;
  }
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compare(before[field], after[field], pathTo(path, field, Array.isArray(after)), found);
  }
}

/** What was not there is left out, as JSON would. */
const said = (side: 'before' | 'after', value: unknown): Partial<Difference> =>
  value === undefined ? {} : { [side]: value };

type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null;

export function pathTo(path: string, field: string, isItem: boolean): string {
  if (isItem) return `${path}[${field}]`;
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(field)
    ? `${path}.${field}`
    : `${path}[${JSON.stringify(field)}]`;
}
