/**
 * 64 bits that stand for a value: equal for what is the same to whoever could look at it, and
 * different for all else, but for accidents. Taken for every instance that changed, so it walks
 * the value itself instead of first turning it into text, and sees what JSON does not: maps, sets,
 * dates, big integers, bytes, errors. An actor is its reference, as in JSON.
 *
 * A field that is undefined counts as absent, and minus zero as zero: neither survives being kept.
 */

/** Two halves of 32 bits each, signed. */
export type Hash = Readonly<{ high: number; low: number }>;

/** So deep a value is not looked into any further: on every node at the same place. */
const depthMax = 500;

/** What comes next; no two values of different kinds begin alike. */
const mark = {
  nothing: 1,
  true: 2,
  false: 3,
  whole: 4,
  fraction: 5,
  bigint: 6,
  text: 7,
  list: 8,
  record: 9,
  field: 10,
  end: 11,
  map: 12,
  set: 13,
  date: 14,
  bytes: 15,
  error: 16,
  pattern: 17,
  above: 18,
  tooDeep: 19,
  unreadable: 20,
} as const;

/** The bits of a number that is not whole. */
const float = new Float64Array(1);
const bits = new Int32Array(float.buffer);

/** Murmur3's finalizer: every bit in sways every bit out. */
function avalanche(lane: number): number {
  let mixed = lane;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Takes values one after the other; what it comes to depends on all of them and their order. */
export class Digester {
  #high = 0x2545f491;
  #low = 0x41c6ce57;
  readonly #above: object[] = [];

  /** Of all since it was made, or since this was last asked. */
  take(): Hash {
    const high = avalanche(this.#high ^ Math.imul(this.#low, 0x85ebca6b));
    const low = avalanche(this.#low ^ Math.imul(high, 0xc2b2ae35));
    this.#high = 0x2545f491;
    this.#low = 0x41c6ce57;
    return { high, low };
  }

  word(word: number): void {
    const high = Math.imul(this.#high ^ word, 0x9e3779b1);
    const low = Math.imul(this.#low ^ word, 0x5f356495);
    this.#high = (high << 13) | (high >>> 19);
    this.#low = (low << 17) | (low >>> 15);
  }

  text(text: string): void {
    const { length } = text;
    const whole = length - (length % 4);
    let high = this.#high ^ length;
    let low = this.#low ^ length;
    // Each half takes every other pair of characters: a difference sways one at least.
    for (let at = 0; at < whole; at += 4) {
      const odd = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
      const even = text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16);
      high = Math.imul(high ^ odd, 0x9e3779b1);
      low = Math.imul(low ^ even, 0x5f356495);
      high = (high << 13) | (high >>> 19);
      low = (low << 17) | (low >>> 15);
    }
    this.#high = high;
    this.#low = low;
    for (let at = whole; at < length; at += 1) this.word(text.charCodeAt(at));
    this.word(mark.text);
  }

  /** Never throws: what resists being read counts as that. */
  value(value: unknown): void {
    try {
      this.#value(value);
    } catch {
      this.#above.length = 0;
      this.word(mark.unreadable);
    }
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.word(value ? mark.true : mark.false);
      case 'bigint':
        this.word(mark.bigint);
        return this.text(String(value));
      case 'object':
        return value === null ? this.word(mark.nothing) : this.#inner(value);
      default:
        return this.word(mark.nothing);
    }
  }

  #number(value: number): void {
    const whole = value | 0;
    if (whole === value) {
      this.word(mark.whole);
      return this.word(whole);
    }
    // There are many ways to write that something is not a number.
    float[0] = Number.isNaN(value) ? Number.NaN : value;
    this.word(mark.fraction);
    this.word(bits[0] as number);
    this.word(bits[1] as number);
  }

  #inner(value: object): void {
    const above = this.#above;
    const loop = above.indexOf(value);
    if (loop >= 0) {
      this.word(mark.above);
      return this.word(above.length - loop);
    }
    if (above.length >= depthMax) return this.word(mark.tooDeep);
    above.push(value);
    this.#spelled(value);
    above.pop();
  }

  #spelled(value: object): void {
    if (Array.isArray(value)) {
      this.word(mark.list);
      this.word(value.length);
      for (const item of value) this.#value(item);
      return;
    }
    const kind: unknown = Object.getPrototypeOf(value);
    if (kind === Object.prototype || kind === null) return this.#record(value);
    this.#special(value);
  }

  #record(value: object): void {
    this.word(mark.record);
    for (const name of Object.keys(value)) {
      const field = (value as Record<string, unknown>)[name];
      if (field === undefined || typeof field === 'function' || typeof field === 'symbol') continue;
      this.word(mark.field);
      this.text(name);
      this.#value(field);
    }
    this.word(mark.end);
  }

  #special(value: object): void {
    if (value instanceof Map) {
      this.word(mark.map);
      for (const [key, held] of value) {
        this.word(mark.field);
        this.#value(key);
        this.#value(held);
      }
      return this.word(mark.end);
    }
    if (value instanceof Set) {
      this.word(mark.set);
      for (const item of value) this.#value(item);
      return this.word(mark.end);
    }
    if (value instanceof Date) {
      this.word(mark.date);
      return this.#number(value.getTime());
    }
    if (ArrayBuffer.isView(value)) {
      this.word(mark.bytes);
      this.text(value.constructor.name);
      return this.#bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    if (value instanceof RegExp) {
      this.word(mark.pattern);
      return this.text(String(value));
    }
    if (value instanceof Error) {
      // Where it was made is another line on another node.
      this.word(mark.error);
      this.#value(value.name);
      this.#value(value.message);
      return this.#record(value);
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.#value(toJSON.call(value));
    this.#record(value);
  }

  #bytes(bytes: Uint8Array): void {
    this.word(bytes.length);
    for (const byte of bytes) this.word(byte);
  }
}

const one = new Digester();

export function hashOf(value: unknown): Hash {
  one.value(value);
  return one.take();
}

const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');

/** As 16 hexadecimal digits. */
export const spell = ({ high, low }: Hash): string => hex(high) + hex(low);
