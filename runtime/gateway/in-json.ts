/**
 * Answers as JSON text, whatever a chart has put into its context. What JSON has no word for is
 * shown as text in brackets rather than letting one chart's value stop the node that is asked.
 */

export function inJson(answer: object): string {
  try {
    return JSON.stringify(answer);
  } catch {
    return JSON.stringify(printable(answer, []));
  }
}

/** Deeper than this nobody reads, and a stack would not hold. */
const depthMax = 64;

/** A copy that JSON can say. `toJSON` is not asked: it may be what failed. */
function printable(value: unknown, around: readonly object[]): unknown {
  if (typeof value === 'bigint') return `[bigint ${value}]`;
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (around.includes(value)) return '[circular]';
  if (around.length >= depthMax) return '[too deep]';
  const within = [...around, value];
  if (Array.isArray(value)) return value.map((item) => printable(item, within));
  const copy: Record<string, unknown> = {};
  for (const field of Object.keys(value)) copy[field] = printable(fieldOf(value, field), within);
  return copy;
}

function fieldOf(value: object, field: string): unknown {
  try {
    return (value as Record<string, unknown>)[field];
  } catch {
    return '[unreadable]';
  }
}
