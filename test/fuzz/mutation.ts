/** Breaks an input in the ways in which bytes break, or are broken by somebody who means it. */
import type { Chance } from '../world/random.ts';

/** Longer inputs make every run slow, and what a limit does with them has tests of its own. */
export const inputBytesMax = 16 * 1024;

/** Edges of the number types, and the tags at which MessagePack and text change their meaning. */
const telling = [
  0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x5b, 0x5c, 0x5d, 0x65, 0x7b, 0x7d,
  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcc,
  0xcf, 0xd0, 0xd3, 0xd4, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff,
] as const;

type Mutation = (input: Uint8Array, by: Mutator) => Uint8Array;

export type Mutator = Readonly<{
  chance: Chance;
  words: readonly Uint8Array[];
  /** Another input, to take a piece of. */
  other: () => Uint8Array;
}>;

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

const placeIn = ({ length }: Uint8Array, chance: Chance): number => chance.integer(0, length);

/** More often short than long. */
function spanIn(input: Uint8Array, chance: Chance): readonly [from: number, to: number] {
  const from = placeIn(input, chance);
  const most = chance.happens(0.7) ? 8 : input.length;
  return [from, Math.min(input.length, from + chance.integer(1, Math.max(1, most)))];
}

const insert = (input: Uint8Array, at: number, piece: Uint8Array): Uint8Array =>
  joined(input.subarray(0, at), piece, input.subarray(at));

const overwrite = (input: Uint8Array, at: number, piece: Uint8Array): Uint8Array =>
  joined(input.subarray(0, at), piece, input.subarray(at + piece.length));

function withByte(input: Uint8Array, chance: Chance, change: (byte: number) => number): Uint8Array {
  if (input.length === 0) return input;
  const copy = input.slice();
  const at = chance.integer(0, copy.length - 1);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

const flipBit: Mutation = (input, { chance }) =>
  withByte(input, chance, (byte) => byte ^ (1 << chance.integer(0, 7)));

const setByte: Mutation = (input, { chance }) =>
  withByte(input, chance, () =>
    chance.happens(0.5) ? chance.pick(telling) : chance.integer(0, 255),
  );

const addToByte: Mutation = (input, { chance }) =>
  withByte(input, chance, (byte) => byte + chance.integer(-8, 8));

const setNumber: Mutation = (input, { chance }) => {
  const size = chance.pick([2, 4, 8]);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const isLittle = chance.happens(0.5);
  const number = chance.pick([0, 1, -1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff]);
  if (size === 2) view.setUint16(0, number, isLittle);
  else if (size === 4) view.setUint32(0, number, isLittle);
  else view.setFloat64(0, chance.pick([number, -0, NaN, Infinity, 2 ** 53, 0.5]), isLittle);
  return overwrite(input, placeIn(input, chance), bytes.subarray(0, size));
};

const removeSpan: Mutation = (input, { chance }) => {
  const [from, to] = spanIn(input, chance);
  return joined(input.subarray(0, from), input.subarray(to));
};

const repeatSpan: Mutation = (input, { chance }) => {
  const [from, to] = spanIn(input, chance);
  const piece = input.subarray(from, to);
  const times = chance.happens(0.05) ? chance.integer(10, 2_000) : chance.integer(1, 3);
  const repeated = Buffer.concat(Array.from({ length: times }, () => piece));
  return insert(input, to, repeated.subarray(0, inputBytesMax));
};

const moveSpan: Mutation = (input, { chance }) => {
  const [from, to] = spanIn(input, chance);
  const rest = joined(input.subarray(0, from), input.subarray(to));
  return insert(rest, placeIn(rest, chance), input.subarray(from, to));
};

const cutShort: Mutation = (input, { chance }) => input.slice(0, placeIn(input, chance));

const putWord: Mutation = (input, { chance, words }) => {
  if (words.length === 0) return input;
  const word = chance.pick(words);
  const at = placeIn(input, chance);
  return chance.happens(0.5) ? insert(input, at, word) : overwrite(input, at, word);
};

const putBytes: Mutation = (input, { chance }) => {
  const piece = Uint8Array.from({ length: chance.integer(1, 6) }, () => chance.integer(0, 255));
  return insert(input, placeIn(input, chance), piece);
};

const cross: Mutation = (input, { chance, other }) => {
  const another = other();
  const [from, to] = spanIn(another, chance);
  const at = placeIn(input, chance);
  return chance.happens(0.3)
    ? joined(input.subarray(0, at), another.subarray(from))
    : insert(input, at, another.subarray(from, to));
};

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  addToByte,
  setNumber,
  removeSpan,
  repeatSpan,
  moveSpan,
  cutShort,
  putWord,
  putWord,
  putBytes,
  cross,
];

/** A few changes, one upon the other; most often few. */
export function mutated(input: Uint8Array, by: Mutator): Uint8Array {
  let changed = input;
  const changes = by.chance.happens(0.6) ? 1 : by.chance.integer(2, 6);
  for (let count = 0; count < changes; count += 1) changed = by.chance.pick(mutations)(changed, by);
  return changed.slice(0, inputBytesMax);
}
