/** MessagePack as other programs, or nobody, would write it: any form of any value, claims that are wrong. */
import * as fc from 'fast-check';

export type Bytes = fc.Arbitrary<Uint8Array>;

export const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

/** A tag, then a number in so many bytes, as the format has it. */
function tagged(tag: number, size: 1 | 2 | 4 | 8, number: number): Uint8Array {
  const bytes = new Uint8Array(1 + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = tag;
  if (size === 1) view.setUint8(1, number);
  else if (size === 2) view.setUint16(1, number);
  else if (size === 4) view.setUint32(1, number);
  else view.setBigUint64(1, BigInt.asUintN(64, BigInt(Math.trunc(number))));
  return bytes;
}

function float(tag: 0xca | 0xcb, number: number): Uint8Array {
  const bytes = new Uint8Array(tag === 0xca ? 5 : 9);
  const view = new DataView(bytes.buffer);
  bytes[0] = tag;
  if (tag === 0xca) view.setFloat32(1, number);
  else view.setFloat64(1, number);
  return bytes;
}

const edges = [0, 1, 2, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
const farEdges = [2 ** 53 - 1_025, 2 ** 53 - 1, 2 ** 53, 2 ** 63, -1, -32, -33, -129, -(2 ** 31)];
const oddFloats = [-0, 0.5, -1.5, NaN, Infinity, -Infinity, 1e308, 5e-324, 2 ** 53 + 2];

export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  { arbitrary: fc.nat({ max: 40 }), weight: 3 },
  fc.constantFrom(...edges, ...farEdges),
  fc.constantFrom(...oddFloats),
  fc.maxSafeInteger(),
  fc.double(),
);

/** One of the ways to write it; where it does not fit, another number comes out. */
function numberBytes(number: number, form: number): Uint8Array {
  const isWhole = Number.isSafeInteger(number) && !Object.is(number, -0);
  if (!isWhole) return float(form % 4 === 0 ? 0xca : 0xcb, number);
  if (form <= 3 && number >= 0 && number < 128) return Uint8Array.of(number);
  if (form <= 3 && number < 0 && number >= -32) return Uint8Array.of(number & 0xff);
  switch (form) {
    case 4:
      return tagged(number < 0 ? 0xd0 : 0xcc, 1, number);
    case 5:
      return tagged(number < 0 ? 0xd1 : 0xcd, 2, number);
    case 6:
      return tagged(number < 0 ? 0xd2 : 0xce, 4, number);
    case 7:
      return tagged(number < 0 ? 0xd3 : 0xcf, 8, number);
    default:
      return float(0xcb, number);
  }
}

const form = fc.nat({ max: 8 });
const number: Bytes = fc.tuple(anyNumber, form).map(([value, how]) => numberBytes(value, how));

/** Most often the truth. */
const claimOf = (length: number): fc.Arbitrary<number> =>
  fc.oneof(
    { arbitrary: fc.constant(length), weight: 12 },
    fc.constantFrom(length + 1, Math.max(0, length - 1), 255, 65_535, 0x01ff_ffff, 0xffff_ffff),
  );

type Tags = Readonly<{
  fix: number;
  fixMax: number;
  by: Readonly<Partial<Record<1 | 2 | 4, number>>>;
}>;
const stringTags: Tags = { fix: 0xa0, fixMax: 31, by: { 1: 0xd9, 2: 0xda, 4: 0xdb } };
const binaryTags: Tags = { fix: 0, fixMax: -1, by: { 1: 0xc4, 2: 0xc5, 4: 0xc6 } };
const arrayTags: Tags = { fix: 0x90, fixMax: 15, by: { 2: 0xdc, 4: 0xdd } };
const mapTags: Tags = { fix: 0x80, fixMax: 15, by: { 2: 0xde, 4: 0xdf } };

/** The head of a value that has a length, in any of its forms. */
function head({ fix, fixMax, by }: Tags, length: number): Bytes {
  const sizes = Object.keys(by).map(Number) as (1 | 2 | 4)[];
  return fc.tuple(claimOf(length), fc.constantFrom(0, 0, 0, ...sizes)).map(([claim, size]) => {
    if (size === 0 && claim <= fixMax) return Uint8Array.of(fix + claim);
    const least = sizes.find((each) => claim < 2 ** (8 * each)) ?? 4;
    const chosen = size === 0 || size < least ? least : size;
    return tagged(by[chosen] ?? 0xc1, chosen, claim);
  });
}

const lengthened = (tags: Tags, length: number, body: Uint8Array): Bytes =>
  head(tags, length).map((bytes) => joined(bytes, body));

const oddTexts = ['__proto__', 'constructor', 'type', 'toString', '\0', 'é', '\u{1f600}', '\uFEFF'];
const notUtf8 = [
  [0xed, 0xa0, 0x80],
  [0xff],
  [0xc0, 0x80],
  [0xe2, 0x82],
  [0xf5, 0x80, 0x80, 0x80],
].map((bytes) => Uint8Array.from(bytes));

const utf8: Bytes = fc.oneof(
  fc.string({ maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.constantFrom(...oddTexts).map((text) => new Uint8Array(Buffer.from(text))),
  fc.constantFrom(...notUtf8),
  fc
    .tuple(fc.constantFrom(...notUtf8), fc.nat({ max: 200 }))
    .map(([bytes, before]) => joined(new Uint8Array(before).fill(0x61), bytes)),
);
const stringOf = (text: Uint8Array): Bytes => lengthened(stringTags, text.length, text);
const binaryOf = (bytes: Uint8Array): Bytes => lengthened(binaryTags, bytes.length, bytes);
export const arrayOf = (items: readonly Uint8Array[]): Bytes =>
  lengthened(arrayTags, items.length, joined(...items));

/** Extensions that the library knows how to turn into something: sets, errors, dates, expressions. */
const extensionTypes = [0, 0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0xff];
const extension = (inner: Bytes): Bytes =>
  fc
    .tuple(fc.constantFrom(...extensionTypes), inner, fc.nat({ max: 3 }))
    .map(([type, body, shape]) => {
      if (shape === 0) return joined(Uint8Array.of(0xd4, type, 0), body);
      if (shape === 1) return joined(Uint8Array.of(0xd6, type, 0x40, 0, 0, 1), body);
      return joined(Uint8Array.of(0xc7, body.length & 0xff, type), body);
    });

/** So many arrays, or maps, in each other. */
const deep: Bytes = fc
  .tuple(fc.constantFrom(10, 63, 64, 65, 66, 500, 1_500, 4_000), fc.boolean())
  .map(([depth, isArray]) => {
    const one = isArray ? Uint8Array.of(0x91) : Uint8Array.of(0x81, 0xa1, 0x61);
    return joined(...Array.from({ length: depth }, () => one), Uint8Array.of(0xc0));
  });

export const anyValue: Bytes = fc.letrec<{ value: Uint8Array }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { arbitrary: number, weight: 4 },
    { arbitrary: utf8.chain(stringOf), weight: 3 },
    { arbitrary: fc.uint8Array({ maxLength: 20 }).chain(binaryOf), weight: 2 },
    fc.constantFrom(0xc0, 0xc1, 0xc2, 0xc3).map((tag) => Uint8Array.of(tag)),
    { arbitrary: fc.array(tie('value'), { maxLength: 6 }).chain(arrayOf), weight: 3 },
    {
      arbitrary: fc
        .array(fc.tuple(fc.oneof(utf8.chain(stringOf), tie('value')), tie('value')), {
          maxLength: 4,
        })
        .chain((pairs) => lengthened(mapTags, pairs.length, joined(...pairs.flat()))),
      weight: 3,
    },
    { arbitrary: extension(tie('value')), weight: 1 },
    { arbitrary: deep, weight: 1 },
  ),
})).value;

/** That very value, in any of the forms that there are for it and its parts. */
export function formsOf(value: unknown): Bytes {
  if (typeof value === 'number') return form.map((how) => numberBytes(value, how));
  if (typeof value === 'string') return stringOf(new Uint8Array(Buffer.from(value)));
  if (value instanceof Uint8Array) return binaryOf(value);
  if (Array.isArray(value)) {
    return fc.tuple(...value.map((item) => mostly(formsOf(item)))).chain(arrayOf);
  }
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([name, held]) =>
      fc.tuple(formsOf(name), mostly(formsOf(held))),
    );
    return fc
      .tuple(...pairs)
      .chain((each) => lengthened(mapTags, each.length, joined(...each.flat())));
  }
  const tag = value === true ? 0xc3 : value === false ? 0xc2 : 0xc0;
  return fc.constant(Uint8Array.of(tag));
}

/** Now and then something else stands in its place. */
const mostly = (right: Bytes): Bytes =>
  fc.oneof({ arbitrary: right, weight: 40 }, { arbitrary: anyValue, weight: 1 });
