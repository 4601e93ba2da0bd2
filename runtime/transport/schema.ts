/**
 * What may stand in a frame between nodes: for each kind of message its code and the schema of its
 * fields, by position. Sender and receiver check with the very same compiled schemas, so that
 * nothing is sent that a peer must refuse. The grammar for people is peer-protocol.md.
 */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { refusalCodes } from '../../machines/protocol/errors.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { MessageKind } from '../../machines/protocol/messages.ts';

const uint32Max = 0xffff_ffff;

/** As a float, zero could come with a sign; what is equal has to be the same. */
const withoutMinusZero = <Schema extends Type.TSchema>(schema: Schema) =>
  Type.Refine(schema, (value) => !Object.is(value, -0));

const count = withoutMinusZero(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
/** Room for the entries that follow it, whose indexes are counted from it. */
const prevIndex = withoutMinusZero(
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER - limits.appendEntriesMax }),
);
const bytes = Type.Refine(
  Type.Unsafe<Uint8Array>(Type.Unknown()),
  (value) => value instanceof Uint8Array && value.length <= limits.entryBytesMax,
);
const proposalId = Type.String({ minLength: 1, maxLength: limits.proposalIdCharsMax });

/** Term, kind, time, seed, payload. Its index is that of the place it stands at. */
const entry = Type.Tuple([
  count,
  Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]),
  withoutMinusZero(Type.Number({ minimum: 0 })),
  withoutMinusZero(Type.Integer({ minimum: 0, maximum: uint32Max })),
  bytes,
]);
const proposal = Type.Tuple([proposalId, bytes]);

const term = count;
const index = count;
const round = count;
const readId = count;
const inquiry = count;

const digest = Type.String({ pattern: '^[0-9a-f]{16}$' });
const checkpoint = Type.Tuple([index, digest]);
/** Empty where none is meant. */
const machine = Type.String({ maxLength: limits.machineNameCharsMax });
const key = Type.String({ maxLength: limits.keyCharsMax });
const row = Type.Tuple([machine, key, index, digest]);

/**
 * The first field is the code of the kind, the second the sender's term. A code is never
 * given to another kind, also not after its own is gone.
 */
const shapes = {
  preVoteRequest: Type.Tuple([Type.Literal(1), term, index, term]),
  preVoteGranted: Type.Tuple([Type.Literal(2), term, term]),
  preVoteRefused: Type.Tuple([Type.Literal(3), term, term]),
  voteRequest: Type.Tuple([Type.Literal(4), term, index, term, Type.Boolean()]),
  voteGranted: Type.Tuple([Type.Literal(5), term]),
  voteRefused: Type.Tuple([Type.Literal(6), term]),
  append: Type.Tuple([
    Type.Literal(7),
    term,
    prevIndex,
    term,
    index,
    Type.Array(entry, { maxItems: limits.appendEntriesMax }),
  ]),
  appendAccepted: Type.Tuple([Type.Literal(8), term, index]),
  appendRefused: Type.Tuple([Type.Literal(9), term, index, index, term]),
  heartbeat: Type.Tuple([Type.Literal(10), term, index, round]),
  heartbeatAck: Type.Tuple([Type.Literal(11), term, round]),
  commit: Type.Tuple([Type.Literal(12), term, index]),
  timeoutNow: Type.Tuple([Type.Literal(13), term]),
  forward: Type.Tuple([
    Type.Literal(14),
    term,
    Type.Array(proposal, { maxItems: limits.proposalsInFlightMax }),
  ]),
  forwardRefused: Type.Tuple([
    Type.Literal(15),
    term,
    Type.Array(proposalId, { maxItems: limits.proposalsInFlightMax }),
    Type.Enum([...refusalCodes]),
    Type.String({ maxLength: limits.refusalMessageCharsMax }),
  ]),
  readIndexRequest: Type.Tuple([Type.Literal(16), term, readId]),
  readIndexGranted: Type.Tuple([Type.Literal(17), term, readId, index]),
  readIndexRefused: Type.Tuple([Type.Literal(18), term, readId]),
  stateDigests: Type.Tuple([
    Type.Literal(19),
    term,
    Type.Array(checkpoint, { maxItems: limits.checkpointsToldMax }),
    Type.Boolean(),
  ]),
  courseRequest: Type.Tuple([Type.Literal(20), term, inquiry, index, index]),
  course: Type.Tuple([
    Type.Literal(21),
    term,
    inquiry,
    index,
    index,
    Type.Array(checkpoint, { maxItems: limits.inquiryLinesMax }),
  ]),
  rowsRequest: Type.Tuple([Type.Literal(22), term, inquiry, index, count]),
  rows: Type.Tuple([
    Type.Literal(23),
    term,
    inquiry,
    Type.Array(row, { maxItems: limits.inquiryLinesMax }),
    Type.Union([count, Type.Null()]),
  ]),
  stateRequest: Type.Tuple([Type.Literal(24), term, inquiry, index, machine, key]),
  stateInFull: Type.Tuple([
    Type.Literal(25),
    term,
    inquiry,
    machine,
    key,
    Type.Union([Type.String({ maxLength: limits.stateTextCharsMax }), Type.Null()]),
  ]),
};

export type FieldsOf<Kind extends MessageKind> = Static<(typeof shapes)[Kind]>;

const kinds = Object.keys(shapes) as MessageKind[];
const codes = Object.fromEntries(kinds.map((kind) => [kind, shapes[kind].items[0].const])) as {
  readonly [Kind in MessageKind]: FieldsOf<Kind>[0];
};
const kindByCode = new Map<unknown, MessageKind>(kinds.map((kind) => [codes[kind], kind]));
const validators = new Map(kinds.map((kind) => [kind, Compile(shapes[kind])]));

export const codeOf = <Kind extends MessageKind>(kind: Kind): FieldsOf<Kind>[0] => codes[kind];

export const kindOf = (code: unknown): MessageKind | undefined => kindByCode.get(code);

export const conforms = (kind: MessageKind, fields: unknown): boolean =>
  validators.get(kind)?.Check(fields) ?? false;
