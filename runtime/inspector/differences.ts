/** Where two values differ, by path: what one event did to a context. Both are plain and bounded. */
import type { Difference } from './question-protocol.ts';

const differencesMax = 100;

export function differences(path: string, before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  collect(path, before, after, found);
  return found;
}

function collect(path: string, before: unknown, after: unknown, found: Difference[]): void {
  if (found.length >= differencesMax || Object.is(before, after)) return;
  if (isOpen(before) && isOpen(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) {
      const inner = Array.isArray(before) ? `${path}[${name}]` : `${path}.${name}`;
      collect(inner, fieldOf(before, name), fieldOf(after, name), found);
    }
    return;
  }
  found.push({
    path,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  });
}

const isOpen = (value: unknown): value is object => typeof value === 'object' && value !== null;

const fieldOf = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
