/** JSON as strangers write it: right, or with what parsers and programs trip over. */
import * as fc from 'fast-check';

export type Text = fc.Arbitrary<string>;

/** As `JSON.parse` gives them, with text that UTF-8 can carry. */
export const jsonValue: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const oddNumbers = [
  '-0',
  '1e999',
  '-1e999',
  '1e-999',
  '0.1',
  '-1',
  '9007199254740993',
  '1E+2',
  '00',
  '.5',
  '0x1',
  'NaN',
];
const oddStrings = [
  '""',
  '"\\ud800"',
  '"\\udc00a"',
  '"a\\u0000b"',
  '"\\n"',
  '"__proto__"',
  '"constructor"',
  '"xstate.init"',
  '"*"',
  '"é😀"',
  '"\\u2028"',
  '"\t"',
];
const oddNames = ['__proto__', 'constructor', 'toString', 'type', 'length', 'then', 'toJSON', ''];

/** Whole, and yet odd. */
const oddObjects = [
  '{"__proto__":1}',
  '{"__proto__":{"type":"B"}}',
  '{"\\ud800":1}',
  '{"a":1,"a":2}',
  '{"constructor":1,"toJSON":1}',
  '{"hasOwnProperty":1,"toString":1,"valueOf":1}',
];

const name: Text = fc
  .oneof(fc.constantFrom(...oddNames), fc.string({ maxLength: 8 }))
  .map((text) => JSON.stringify(text));

const nested: Text = fc
  .tuple(fc.constantFrom(10, 62, 63, 64, 65, 1_000, 5_000), fc.boolean(), fc.boolean())
  .map(([depth, isArray, isClosed]) => {
    const [opening, closing] = isArray ? ['[', ']'] : ['{"a":', '}'];
    return `${opening.repeat(depth)}1${isClosed ? closing.repeat(depth) : ''}`;
  });

/** The text of any JSON value, and now and then of none. */
export const anyJson: Text = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { arbitrary: fc.constantFrom('null', 'true', 'false', '0', '1', '7', '1.5', ''), weight: 3 },
    fc.constantFrom(...oddNumbers),
    { arbitrary: fc.constantFrom(...oddStrings), weight: 2 },
    { arbitrary: fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)), weight: 2 },
    {
      arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      weight: 2,
    },
    { arbitrary: objectOf(fc.tuple(name, tie('value'))), weight: 3 },
    fc.constantFrom(...oddObjects),
    nested,
  ),
})).value;

/** Names may come twice. */
function objectOf(pair: fc.Arbitrary<[string, string]>): Text {
  return fc
    .array(pair, { maxLength: 4 })
    .map((pairs) => `{${pairs.map(([field, value]) => `${field}:${value}`).join(',')}}`);
}

const pairsOf = (fields: Readonly<Record<string, Text>>): fc.Arbitrary<string>[] =>
  Object.entries(fields).map(([field, value]) =>
    fc
      .oneof({ arbitrary: value, weight: 14 }, { arbitrary: anyJson, weight: 1 })
      .map((text) => `${JSON.stringify(field)}:${text}`),
  );

/**
 * An object of these fields, in any order. One may be missing, be there twice, or hold something
 * else; the optional ones are there as often as not.
 */
export const message = (
  fields: Readonly<Record<string, Text>>,
  optional: Readonly<Record<string, Text>> = {},
): Text =>
  fc
    .tuple(
      fc.tuple(...pairsOf(fields)),
      fc.tuple(...pairsOf(optional).map((pair) => fc.option(pair))),
      fc.array(fc.tuple(name, anyJson), { maxLength: 1 }),
      fc.nat({ max: 30 }),
      fc.nat({ max: 9 }),
    )
    .map(([needed, chosen, odd, lost, first]) => {
      const texts = [
        ...needed.filter((_, place) => place !== lost),
        ...chosen.filter((text) => text !== null),
        ...odd.map(([field, value]) => `${field}:${value}`),
        ...(lost === 29 ? needed.slice(0, 1) : []),
      ];
      const turned = [...texts.slice(first), ...texts.slice(0, first)];
      return `{${turned.join(',')}}`;
    });

export const oneOfTexts = (...texts: readonly string[]): Text =>
  fc.constantFrom(...texts.map((text) => JSON.stringify(text)));
