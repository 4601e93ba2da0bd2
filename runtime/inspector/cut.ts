/**
 * Any value as JSON can say it, and no more of it than a viewer can use: what is too deep, too long
 * or too many is cut short and says so. Reads, and never changes or calls what it is shown; what
 * resists being read is said to be unreadable. The work is bounded whatever the value is.
 */
import { limits } from '../../machines/protocol/limits.ts';
import { isActor } from './xstate-hook.ts';

export type CutLimits = Readonly<{
  depthMax: number;
  itemsMax: number;
  textCharsMax: number;
  bytesMax: number;
}>;

export const shownLimits: CutLimits = {
  depthMax: limits.shownDepthMax,
  itemsMax: limits.shownItemsMax,
  textCharsMax: limits.shownTextCharsMax,
  bytesMax: limits.shownBytesMax,
};

/** A word in place of what a field holds; undefined to show it. */
export type Veil = (field: string, value: unknown) => unknown;

export function cut(value: unknown, bounds = shownLimits, veil?: Veil): unknown {
  return new Cutter(bounds, veil).cut(value, []);
}

/** Where a list or an object was cut short. */
const ellipsis = '…';

class Cutter {
  readonly #bounds: CutLimits;
  readonly #veil: Veil | undefined;
  #bytesLeft: number;

  constructor(bounds: CutLimits, veil: Veil | undefined) {
    this.#bounds = bounds;
    this.#veil = veil;
    this.#bytesLeft = bounds.bytesMax;
  }

  cut(value: unknown, around: readonly object[]): unknown {
    try {
      return this.#cut(value, around);
    } catch {
      return '[unreadable]';
    }
  }

  #cut(value: unknown, around: readonly object[]): unknown {
    this.#bytesLeft -= 8;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'bigint':
        return `[bigint ${value}]`;
      case 'symbol':
        return `[${String(value)}]`;
      case 'function':
        return `[function ${value.name || 'without a name'}]`;
      case 'number':
        return Number.isFinite(value) ? value : `[${value}]`;
      case 'object':
        return value === null ? null : this.#object(value, around);
      default:
        return value;
    }
  }

  #text(text: string): string {
    const charsMax = Math.max(0, Math.min(this.#bounds.textCharsMax, this.#bytesLeft));
    this.#bytesLeft -= Math.min(text.length, charsMax);
    if (text.length <= charsMax) return text;
    return `${text.slice(0, charsMax)}${ellipsis} (${text.length} characters)`;
  }

  #object(value: object, around: readonly object[]): unknown {
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toJSON();
    if (value instanceof Error) return { name: value.name, message: this.#text(value.message) };
    if (value instanceof Promise) return '[promise]';
    if (value instanceof RegExp) return String(value);
    if (isActor(value)) return `[actor ${value.id}]`;
    if (around.includes(value)) return '[circular]';
    if (around.length >= this.#bounds.depthMax) return inAWord(value);
    const within = [...around, value];
    if (Array.isArray(value)) return this.#items(value, value.length, within);
    if (value instanceof Set) return this.#items(value, value.size, within);
    if (value instanceof Map) {
      return this.#fields(
        firstOf(value.keys(), this.#bounds.itemsMax),
        value.size,
        (key) => value.get(key),
        within,
      );
    }
    const fields = Object.keys(value);
    return this.#fields(
      fields.slice(0, this.#bounds.itemsMax),
      fields.length,
      (field) => Reflect.get(value, String(field)),
      within,
    );
  }

  #items(items: Iterable<unknown>, count: number, within: readonly object[]): unknown[] {
    const shown: unknown[] = [];
    for (const item of items) {
      if (shown.length >= this.#bounds.itemsMax || this.#bytesLeft <= 0) break;
      shown.push(this.cut(item, within));
    }
    if (shown.length < count) shown.push(`${ellipsis} ${count - shown.length} more`);
    return shown;
  }

  #fields(
    fields: readonly unknown[],
    count: number,
    read: (field: unknown) => unknown,
    within: readonly object[],
  ): Record<string, unknown> {
    // Without a prototype, a field named `__proto__` is one like any other.
    const shown: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let told = 0;
    for (const field of fields) {
      if (this.#bytesLeft <= 0) break;
      const name = this.#text(String(field));
      shown[name] = this.#field(name, () => read(field), within);
      told += 1;
    }
    if (told < count) shown[ellipsis] = `${count - told} more`;
    return shown;
  }

  #field(name: string, read: () => unknown, within: readonly object[]): unknown {
    let value: unknown;
    try {
      value = read();
      const veiled = this.#veil?.(name, value);
      if (veiled !== undefined) value = veiled;
    } catch {
      return '[unreadable]';
    }
    return this.cut(value, within);
  }
}

function firstOf(items: Iterable<unknown>, max: number): readonly unknown[] {
  const first: unknown[] = [];
  for (const item of items) {
    if (first.length >= max) break;
    first.push(item);
  }
  return first;
}

function inAWord(value: object): string {
  if (Array.isArray(value)) return `[list of ${value.length}]`;
  if (value instanceof Set || value instanceof Map) return `[collection of ${value.size}]`;
  return `[object of ${Object.keys(value).length} fields]`;
}
