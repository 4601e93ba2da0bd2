/**
 * Edits of a folder of segments, as bytes: a kind and eight operands each, zero where the input
 * ends. Any bytes are edits, so that mutation never leaves the language.
 */
import { crc32 } from 'node:zlib';

export type Folder = ReadonlyMap<string, Uint8Array>;

export type Edited = Readonly<{
  files: Folder;
  /** Checksums were made to match: somebody wrote it so, be it by mistake or malice. */
  isForged: boolean;
}>;

export const editBytes = 9;

/** The longest list of edits that is looked at. */
const editsMax = 12;

const headerBytes = 64;
const recordHeaderBytes = 24;

const numbers = [
  0,
  1,
  2,
  5,
  7,
  12,
  255,
  511,
  512,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  0.5,
  -1,
  -0,
  NaN,
  Infinity,
] as const;

class Operands {
  readonly #bytes: readonly number[];
  #at = 0;

  constructor(bytes: readonly number[]) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return value;
  }
  word(): number {
    return this.byte() + 256 * this.byte();
  }
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.byte() % Math.max(1, items.length)];
  }
}

class Desk {
  readonly past: readonly Folder[];
  files: Map<string, Uint8Array>;
  isForged = false;

  constructor(past: readonly Folder[]) {
    this.past = past;
    this.files = new Map(
      [...(past.at(-1) ?? [])].map(([path, content]) => [path, content.slice()]),
    );
  }

  pickPath(operands: Operands): string {
    return operands.pick([...this.files.keys()].toSorted()) ?? '';
  }
  pickFile(operands: Operands): Uint8Array {
    return this.files.get(this.pickPath(operands)) ?? new Uint8Array();
  }
}

type Edit = (desk: Desk, operands: Operands) => void;

const placeIn = (file: Uint8Array, operands: Operands): number =>
  file.length === 0 ? 0 : operands.word() % file.length;

const flipBit: Edit = (desk, operands) => {
  const file = desk.pickFile(operands);
  const at = placeIn(file, operands);
  if (at < file.length) file[at] = (file[at] ?? 0) ^ (1 << (operands.byte() % 8));
};

const setWord: Edit = (desk, operands) => {
  const file = desk.pickFile(operands);
  const at = placeIn(file, operands) & ~3;
  const value = numbers[operands.byte() % numbers.length] ?? 0;
  if (at + 4 <= file.length) new DataView(file.buffer, file.byteOffset).setUint32(at, value, true);
};

const setFloat: Edit = (desk, operands) => {
  const file = desk.pickFile(operands);
  const at = placeIn(file, operands) & ~7;
  const value = numbers[operands.byte() % numbers.length] ?? 0;
  if (at + 8 <= file.length) new DataView(file.buffer, file.byteOffset).setFloat64(at, value, true);
};

const zeroSpan: Edit = (desk, operands) => {
  const file = desk.pickFile(operands);
  const at = placeIn(file, operands);
  file.fill(0, at, at + operands.word());
};

const copySpan: Edit = (desk, operands) => {
  const from = desk.pickFile(operands);
  const start = placeIn(from, operands) & ~7;
  const piece = from.slice(start, start + operands.word());
  const to = desk.pickFile(operands);
  const at = placeIn(to, operands) & ~7;
  to.set(piece.subarray(0, Math.max(0, to.length - at)), at);
};

/** Where records start, as far as their lengths lead. */
function recordsIn(file: Uint8Array): readonly (readonly [start: number, end: number])[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: [number, number][] = [];
  for (let at = headerBytes; at + recordHeaderBytes <= file.length;) {
    const length = view.getUint32(at + 4, true);
    if (length < recordHeaderBytes || length > file.length - at) break;
    const end = Math.min(file.length, at + ((length + 7) & ~7));
    records.push([at, end]);
    at = end;
  }
  return records;
}

/** A whole record in the place of another, be it of the same batch. */
const copyRecord: Edit = (desk, operands) => {
  const from = desk.pickFile(operands);
  const [start, end] = operands.pick(recordsIn(from)) ?? [0, 0];
  const to = operands.byte() % 2 === 0 ? from : desk.pickFile(operands);
  const [at] = operands.pick(recordsIn(to)) ?? [0];
  const piece = from.slice(start, end);
  to.set(piece.subarray(0, Math.max(0, to.length - at)), at);
};

const resize: Edit = (desk, operands) => {
  const path = desk.pickPath(operands);
  const file = desk.files.get(path);
  if (!file) return;
  const resized = new Uint8Array(operands.word() % 2_048);
  resized.set(file.subarray(0, resized.length));
  desk.files.set(path, resized);
};

const remove: Edit = (desk, operands) => {
  desk.files.delete(desk.pickPath(operands));
};

const swap: Edit = (desk, operands) => {
  const [one, other] = [desk.pickPath(operands), desk.pickPath(operands)];
  const [first, second] = [desk.files.get(one), desk.files.get(other)];
  if (!first || !second) return;
  desk.files.set(one, second);
  desk.files.set(other, first);
};

/** A file goes back in time, as a disk that lost its writes would have it. */
const restoreFile: Edit = (desk, operands) => {
  const then = operands.pick(desk.past);
  const path = operands.pick([...(then?.keys() ?? [])].toSorted());
  const content = path === undefined ? undefined : then?.get(path);
  if (path !== undefined && content) desk.files.set(path, content.slice());
};

/** All of it goes back, as from a backup. */
const restoreAll: Edit = (desk, operands) => {
  const then = operands.pick(desk.past) ?? new Map<string, Uint8Array>();
  desk.files = new Map([...then].map(([path, content]) => [path, content.slice()]));
};

/** Header and records get the checksums and links that they need. */
const forge: Edit = (desk, operands) => {
  const file = desk.pickFile(operands);
  if (file.length < headerBytes) return;
  desk.isForged = true;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  view.setUint32(8, crc32(file.subarray(12, headerBytes)), true);
  const segment = view.getUint32(16, true);
  const salt = view.getUint32(20, true);
  let previous = view.getUint32(8, true);
  for (const [at, end] of recordsIn(file)) {
    view.setUint32(at + 8, previous, true);
    view.setUint32(at + 12, segment, true);
    previous = crc32(file.subarray(at + 4, end), salt);
    view.setUint32(at, previous, true);
  }
};

const edits: readonly Edit[] = [
  flipBit,
  setWord,
  setFloat,
  zeroSpan,
  copySpan,
  copyRecord,
  resize,
  remove,
  swap,
  restoreFile,
  restoreAll,
  forge,
];
export const editCount = edits.length;

/** `past` has the folder at each of its moments, the last one being the one that is edited. */
export function edited(past: readonly Folder[], script: Uint8Array): Edited {
  const desk = new Desk(past);
  for (let at = 0; at < Math.min(script.length, editsMax * editBytes); at += editBytes) {
    const [kind = 0, ...operands] = script.subarray(at, at + editBytes);
    edits[kind % edits.length]?.(desk, new Operands(operands));
  }
  return { files: desk.files, isForged: desk.isForged };
}
