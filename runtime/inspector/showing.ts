/**
 * Through here goes every value that leaves by the inspector: cut to what a viewer can use, and
 * shown to whoever may hide parts of it. That one gets a copy, so nothing it does to it matters.
 */
import { cut, shownLimits, type CutLimits, type Veil } from './cut.ts';

export type ShownPlace = Readonly<{
  kind: 'context' | 'event' | 'output' | 'error' | 'input';
  /** Of the users' machines. Null where it is of a chart of Quorate's own. */
  machine: string | null;
  key: string | null;
}>;

/** Gives what may be shown in place of the value. One that throws hides it. */
export type Redact = (value: unknown, where: ShownPlace) => unknown;

export type Show = (value: unknown, where: ShownPlace, bounds?: CutLimits) => unknown;

const hidden = '[hidden: redact threw]';

export function showing(redact: Redact | null): Show {
  return (value, where, bounds = shownLimits) => {
    if (value === undefined) return undefined;
    const shown = cut(value, bounds, where.machine === null ? ownVeil : undefined);
    if (redact === null) return shown;
    try {
      return cut(redact(shown, where), bounds);
    } catch {
      return hidden;
    }
  };
}

/**
 * In events and contexts of our own charts: what users' machines hold has its place, where it can
 * be told whose it is, and be redacted by that.
 */
const ownVeil: Veil = (field, value) => {
  if (!usersOwn.has(field) || typeof value !== 'object' || value === null) return undefined;
  const { length } = value as { length?: unknown };
  return typeof length === 'number' ? `[${length} items, not shown here]` : '[not shown here]';
};

const usersOwn = new Set(['view', 'emitted', 'said', 'unsaid', 'log', 'entries']);
