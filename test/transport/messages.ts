import * as fc from 'fast-check';
import { plus, proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { refusalCodes } from '../../machines/protocol/errors.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message, MessageKind, MessageOf } from '../../machines/protocol/messages.ts';

const count = fc.maxSafeNat();
const term = count.map(toTerm);
const index = count.map(toIndex);
const plain = { noNullPrototype: true };
const end = fc.record({ index, term }, plain);
const payload = fc.uint8Array({ maxLength: 300 });
const id = fc.string({ minLength: 1, maxLength: limits.proposalIdCharsMax }).map(proposalId);

const digest = fc.stringMatching(/^[0-9a-f]{16}$/);
const checkpoint = fc.record({ index, digest }, plain);
const machine = fc.string({ maxLength: limits.machineNameCharsMax });
const key = fc.string({ maxLength: limits.keyCharsMax });

type FieldsOf<Kind extends MessageKind> = {
  [Name in Exclude<keyof MessageOf<Kind>, 'kind' | 'term'>]: fc.Arbitrary<MessageOf<Kind>[Name]>;
};

const said = <Kind extends MessageKind>(
  kind: Kind,
  fields: FieldsOf<Kind>,
): fc.Arbitrary<MessageOf<Kind>> =>
  fc.record({ kind: fc.constant(kind), term, ...fields }, plain) as unknown as fc.Arbitrary<
    MessageOf<Kind>
  >;

const append = fc
  .tuple(
    fc.record({ index: fc.nat().map(toIndex), term }, plain),
    fc.array(
      fc.record(
        {
          term,
          kind: fc.constantFrom('noop', 'command', 'configuration'),
          timeMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
          seed: fc.integer({ min: 0, max: 0xffff_ffff }),
          payload,
        },
        plain,
      ),
      { maxLength: 20 },
    ),
    term,
    index,
  )
  .map(([prev, entries, leaderTerm, commitIndex]): MessageOf<'append'> => ({
    kind: 'append',
    term: leaderTerm,
    prev,
    entries: entries.map((entry, place) => ({ index: plus(prev.index, place + 1), ...entry })),
    commitIndex,
  }));

export const arbitraryOf: { readonly [Kind in MessageKind]: fc.Arbitrary<MessageOf<Kind>> } = {
  preVoteRequest: said('preVoteRequest', { last: end }),
  preVoteGranted: said('preVoteGranted', { forTerm: term }),
  preVoteRefused: said('preVoteRefused', { forTerm: term }),
  voteRequest: said('voteRequest', { last: end, transfer: fc.boolean() }),
  voteGranted: said('voteGranted', {}),
  voteRefused: said('voteRefused', {}),
  append,
  appendAccepted: said('appendAccepted', { matchIndex: index }),
  appendRefused: said('appendRefused', { prevIndex: index, hint: end }),
  heartbeat: said('heartbeat', { commitIndex: index, round: count }),
  heartbeatAck: said('heartbeatAck', { round: count }),
  commit: said('commit', { commitIndex: index }),
  timeoutNow: said('timeoutNow', {}),
  forward: said('forward', {
    proposals: fc.array(fc.record({ proposalId: id, payload }, plain), {
      maxLength: 20,
    }),
  }),
  forwardRefused: said('forwardRefused', {
    proposalIds: fc.array(id, { maxLength: 20 }),
    code: fc.constantFrom(...refusalCodes),
    message: fc.string({ maxLength: limits.refusalMessageCharsMax }),
  }),
  readIndexRequest: said('readIndexRequest', { readId: count }),
  readIndexGranted: said('readIndexGranted', { readId: count, index }),
  readIndexRefused: said('readIndexRefused', { readId: count }),
  stateDigests: said('stateDigests', {
    checkpoints: fc.array(checkpoint, { maxLength: limits.checkpointsToldMax }),
    quarantined: fc.boolean(),
  }),
  courseRequest: said('courseRequest', { inquiry: count, after: index, through: index }),
  course: said('course', {
    inquiry: count,
    forgotten: index,
    through: index,
    states: fc.array(checkpoint, { maxLength: 20 }),
  }),
  rowsRequest: said('rowsRequest', { inquiry: count, after: index, from: count }),
  rows: said('rows', {
    inquiry: count,
    rows: fc.array(fc.record({ machine, key, index, digest }, plain), { maxLength: 20 }),
    next: fc.option(count),
  }),
  stateRequest: said('stateRequest', { inquiry: count, index, machine, key }),
  stateInFull: said('stateInFull', { inquiry: count, machine, key, text: fc.option(fc.string()) }),
};

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(arbitraryOf));

/** The hot message: as many entries of as many bytes. */
export function bigAppend(entries: number, payloadBytes: number): MessageOf<'append'> {
  const prev = { index: toIndex(999), term: toTerm(7) };
  return {
    kind: 'append',
    term: toTerm(7),
    prev,
    entries: Array.from({ length: entries }, (_, place) => ({
      index: plus(prev.index, place + 1),
      term: toTerm(7),
      kind: 'command',
      timeMs: 123_456_789.25 + place,
      seed: (place * 2_654_435_761) >>> 0,
      payload: new Uint8Array(payloadBytes).fill(place),
    })),
    commitIndex: toIndex(990),
  };
}
