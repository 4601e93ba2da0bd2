/**
 * Any value as text, such that two values are the same to a chart exactly if their texts are. So
 * a change shows, wherever it is and whoever made it; and so does what cannot be kept as data:
 * what a node writes down and reads again must be what another node still has in memory.
 */

/** Says that something within the value is no data: where, and what it is instead. */
export type Strange = (path: Path, kind: string) => void;

export type Path = readonly (string | number)[];

/** How an actor is called here; null for anything that is none of this instance's. */
export type Naming = (value: object) => string | null;

export function imprintOf(value: unknown, naming: Naming, strange: Strange = () => {}): string {
  const writer = new Writer(naming, strange);
  writer.write(value);
  return writer.text;
}

/** Where in the value its imprint has that character. */
export function pathAt(value: unknown, naming: Naming, offset: number): Path {
  const writer = new Writer(naming, () => {}, offset);
  writer.write(value);
  return writer.found ?? [];
}

/** `context.items[3].name`. */
export const showPath = (path: Path): string =>
  path
    .map((key, at) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w$]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return at === 0 ? key : `.${key}`;
    })
    .join('');

export const firstDifference = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
};

class Writer {
  text = '';
  found: Path | null = null;
  readonly #naming: Naming;
  readonly #strange: Strange;
  readonly #offset: number;
  readonly #keys: (string | number)[] = [];
  readonly #seen = new Map<object, number>();

  constructor(naming: Naming, strange: Strange, offset = Number.POSITIVE_INFINITY) {
    this.#naming = naming;
    this.#strange = strange;
    this.#offset = offset;
  }

  write(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#put(JSON.stringify(value));
      case 'number':
        return this.#put(Object.is(value, -0) ? '-0' : String(value));
      case 'bigint':
        return this.#put(`${value}n`);
      case 'boolean':
      case 'undefined':
        return this.#put(String(value));
      case 'symbol':
        return this.#putStrange('a symbol');
      case 'function':
        return this.#putStrange('a function');
      case 'object':
        return value === null ? this.#put('null') : this.#writeObject(value);
    }
  }

  #put(text: string): void {
    this.text += text;
    if (this.found === null && this.text.length > this.#offset) this.found = [...this.#keys];
  }

  #putStrange(kind: string): void {
    this.#strange([...this.#keys], kind);
    this.#put(`(${kind})`);
  }

  #within(key: string | number, value: unknown): void {
    this.#keys.push(key);
    this.write(value);
    this.#keys.pop();
  }

  #writeObject(value: object): void {
    const before = this.#seen.get(value);
    if (before !== undefined) return this.#put(`#${before}`);
    this.#seen.set(value, this.#seen.size);

    const actor = this.#naming(value);
    if (actor !== null) return this.#put(`@${actor}`);
    if (value instanceof Error) return this.#writeError(value);

    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (tag === 'Array') return this.#writeItems('[', value as readonly unknown[]);
    if (tag === 'Promise' || ('then' in value && typeof value.then === 'function')) {
      return this.#putStrange('a promise');
    }
    if (isPlain(value)) return this.#writePlain(value);

    const name = classOf(value);
    if (name !== tag || !kept.has(tag)) this.#strange([...this.#keys], kindOf(name));
    // What is behind such an object may be half the process.
    if (!kept.has(tag)) return this.#put(kindOf(name));
    if (value instanceof Map) return this.#writeItems('Map[', [...value].flat());
    if (value instanceof Set) return this.#writeItems('Set[', [...value]);
    this.#put(`${tag}(${printed(value)})`);
  }

  #writeError(error: Error): void {
    const { code, ...rest } = error as Error & { code?: unknown };
    const [field] = Object.keys(rest).filter((key) => key !== 'name' && key !== 'message');
    if (field !== undefined) {
      this.#strange([...this.#keys], `an error with a field \`${field}\` of its own`);
    }
    this.#put(`Error(${JSON.stringify([error.name, error.message])}`);
    this.#within('code', code);
    this.#put(')');
  }

  #writeItems(open: string, items: readonly unknown[]): void {
    this.#put(open);
    for (let at = 0; at < items.length; at += 1) {
      if (at in items) this.#within(at, items[at]);
      this.#put(',');
    }
    this.#put(']');
  }

  #writePlain(value: object): void {
    this.#put(Object.getPrototypeOf(value) === null ? 'null{' : '{');
    const symbols = Object.getOwnPropertySymbols(value).filter((symbol) =>
      Object.prototype.propertyIsEnumerable.call(value, symbol),
    );
    if (symbols.length > 0) this.#putStrange('an object with a symbol for a key');
    for (const key of Object.keys(value)) {
      if (key === '__proto__') this.#putStrange('an object with the key `__proto__`');
      this.#put(`${JSON.stringify(key)}:`);
      this.#within(key, (value as Readonly<Record<string, unknown>>)[key]);
      this.#put(',');
    }
    this.#put('}');
  }
}

/** An object of no class, of this realm or of another. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const typedArrays = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

/** Classes whose objects are written and read again as what they are. */
const kept: ReadonlySet<string> = new Set([
  'Date',
  'Map',
  'Set',
  'RegExp',
  'URL',
  'URLSearchParams',
  'Number',
  'String',
  'Boolean',
  'ArrayBuffer',
  'DataView',
  ...typedArrays,
]);

const classOf = (value: object): string => {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' ? constructor.name : '';
};

const kindOf = (name: string): string => `an object of the class "${name}"`;

function printed(value: object): string {
  if (value instanceof Date) return String(value.getTime());
  if (value instanceof ArrayBuffer) return String(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return String(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  // Of the classes that are left, each object says in full what it is.
  return (value as URL).toString();
}
