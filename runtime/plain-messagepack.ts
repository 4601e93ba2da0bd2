/**
 * Whether bytes are MessagePack for plain data: what JSON has, and nothing else. A decoder may make
 * of anything more (bytes that are no UTF-8, extensions, what is deeper than the stack that is left)
 * one thing here and another there; what is in the log has to mean the same on every node.
 */
import { isUtf8 } from 'node:buffer';

const forbiddenName = new TextEncoder().encode('__proto__');

/** Exactly one value, no deeper than so many arrays and maps in each other. */
export function isPlainData(bytes: Uint8Array, depthMax: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Walk(bytes, view).valueEnds(0, depthMax) === bytes.length;
}

/** For "it is none": beyond every end. */
const nowhere = Number.POSITIVE_INFINITY;

class Walk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Where the value ends that begins at `at`. */
  valueEnds(at: number, depthLeft: number): number {
    const tag = this.#bytes[at];
    if (tag === undefined) return nowhere;
    const next = at + 1;
    if (tag < 0x80 || tag >= 0xe0) return next;
    if (tag < 0x90) return this.#mapEnds(next, tag & 0x0f, depthLeft);
    if (tag < 0xa0) return this.#listEnds(next, tag & 0x0f, depthLeft);
    if (tag < 0xc0) return this.#textEnds(next, tag & 0x1f);
    switch (tag) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return next;
      case 0xca:
        return this.#has(next, 4) && isPlain(this.#view.getFloat32(next)) ? next + 4 : nowhere;
      case 0xcb:
        return this.#has(next, 8) && isPlain(this.#view.getFloat64(next)) ? next + 8 : nowhere;
      case 0xcc:
      case 0xd0:
        return next + 1;
      case 0xcd:
      case 0xd1:
        return next + 2;
      case 0xce:
      case 0xd2:
        return next + 4;
      case 0xd9:
        return this.#has(next, 1) ? this.#textEnds(next + 1, this.#view.getUint8(next)) : nowhere;
      case 0xda:
        return this.#has(next, 2) ? this.#textEnds(next + 2, this.#view.getUint16(next)) : nowhere;
      case 0xdb:
        return this.#has(next, 4) ? this.#textEnds(next + 4, this.#view.getUint32(next)) : nowhere;
      case 0xdc:
        return this.#has(next, 2)
          ? this.#listEnds(next + 2, this.#view.getUint16(next), depthLeft)
          : nowhere;
      case 0xdd:
        return this.#has(next, 4)
          ? this.#listEnds(next + 4, this.#view.getUint32(next), depthLeft)
          : nowhere;
      case 0xde:
        return this.#has(next, 2)
          ? this.#mapEnds(next + 2, this.#view.getUint16(next), depthLeft)
          : nowhere;
      case 0xdf:
        return this.#has(next, 4)
          ? this.#mapEnds(next + 4, this.#view.getUint32(next), depthLeft)
          : nowhere;
      default:
        // Bytes, extensions, and whole numbers of 64 bits, which are no numbers here.
        return nowhere;
    }
  }

  #has(at: number, count: number): boolean {
    return at + count <= this.#bytes.length;
  }

  #listEnds(first: number, count: number, depthLeft: number): number {
    if (depthLeft === 0) return nowhere;
    let at = first;
    for (let left = count; left > 0 && at !== nowhere; left -= 1) {
      at = this.valueEnds(at, depthLeft - 1);
    }
    return at;
  }

  #mapEnds(first: number, count: number, depthLeft: number): number {
    if (depthLeft === 0) return nowhere;
    let at = first;
    for (let left = count; left > 0 && at !== nowhere; left -= 1) {
      const name = at;
      at = this.#isText(name) ? this.valueEnds(name, 0) : nowhere;
      if (at === nowhere || this.#isForbidden(name, at)) return nowhere;
      at = this.valueEnds(at, depthLeft - 1);
    }
    return at;
  }

  #isText(at: number): boolean {
    const tag = this.#bytes[at] ?? 0;
    return (tag >= 0xa0 && tag < 0xc0) || (tag >= 0xd9 && tag <= 0xdb);
  }

  /** A name that decoders change, or that changes the object it is in. */
  #isForbidden(at: number, end: number): boolean {
    const start = end - forbiddenName.length;
    return (
      start === at + headBytes(this.#bytes[at] ?? 0) &&
      forbiddenName.every((byte, place) => this.#bytes[start + place] === byte)
    );
  }

  #textEnds(start: number, length: number): number {
    const end = start + length;
    if (end > this.#bytes.length) return nowhere;
    for (let at = start; at < end; at += 1) {
      // Most text ends here, without a view made of it.
      if ((this.#bytes[at] ?? 0) >= 0x80) {
        return isUtf8(this.#bytes.subarray(at, end)) ? end : nowhere;
      }
    }
    return end;
  }
}

/** What stands before the text itself. */
function headBytes(textTag: number): number {
  if (textTag < 0xd9) return 1;
  return textTag === 0xd9 ? 2 : textTag === 0xda ? 3 : 5;
}

const isPlain = (number: number): boolean => Number.isFinite(number) && !Object.is(number, -0);
