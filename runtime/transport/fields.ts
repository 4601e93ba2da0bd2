/** Each kind of message as the positional fields that travel, and back. schema.ts has their types. */
import type { Entry, EntryKind, Proposal } from '../../machines/protocol/entry.ts';
import {
  plus,
  proposalId,
  toIndex,
  toTerm,
  type LogEnd,
  type LogIndex,
} from '../../machines/protocol/ids.ts';
import { invariant } from '../../machines/protocol/invariant.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type {
  Checkpoint,
  Message,
  MessageKind,
  MessageOf,
  StateRow,
} from '../../machines/protocol/messages.ts';
import { codeOf, type FieldsOf } from './schema.ts';

type Packing<Kind extends MessageKind> = Readonly<{
  fields: (message: MessageOf<Kind>) => FieldsOf<Kind>;
  message: (fields: FieldsOf<Kind>) => MessageOf<Kind>;
}>;

type EntryFields = FieldsOf<'append'>[5][number];
type ProposalFields = FieldsOf<'forward'>[2][number];
type CheckpointFields = FieldsOf<'stateDigests'>[2][number];
type RowFields = FieldsOf<'rows'>[3][number];

const entryCodes: Readonly<Record<EntryKind, EntryFields[1]>> = {
  noop: 0,
  command: 1,
  configuration: 2,
};
const entryKinds = ['noop', 'command', 'configuration'] as const;

const toEnd = (index: number, term: number): LogEnd => ({
  index: toIndex(index),
  term: toTerm(term),
});

/** Entries follow `prev` without gaps, so their indexes need not travel: a gap cannot be written. */
function entryFields(entries: readonly Entry[], prev: LogIndex): EntryFields[] {
  return entries.map(({ index, term, kind, timeMs, seed, payload }, place) => {
    invariant(index === plus(prev, place + 1), 'the entries of an append follow each other');
    return [term, entryCodes[kind], timeMs, seed, payload];
  });
}

const toEntries = (entries: readonly EntryFields[], prev: number): Entry[] =>
  entries.map(([term, kind, timeMs, seed, payload], place) => ({
    index: toIndex(prev + 1 + place),
    term: toTerm(term),
    kind: entryKinds[kind],
    timeMs,
    seed,
    payload,
  }));

const proposalFields = ({ proposalId: id, payload }: Proposal): ProposalFields => [id, payload];

const toProposal = ([id, payload]: ProposalFields): Proposal => ({
  proposalId: proposalId(id),
  payload,
});

const checkpointFields = ({ index, digest }: Checkpoint): CheckpointFields => [index, digest];
const toCheckpoint = ([index, digest]: CheckpointFields): Checkpoint => ({
  index: toIndex(index),
  digest,
});
const rowFields = ({ machine, key, index, digest }: StateRow): RowFields => [
  machine,
  key,
  index,
  digest,
];
const toRow = ([machine, key, index, digest]: RowFields): StateRow => ({
  machine,
  key,
  index: toIndex(index),
  digest,
});

const packings: { readonly [Kind in MessageKind]: Packing<Kind> } = {
  preVoteRequest: {
    fields: ({ kind, term, last }) => [codeOf(kind), term, last.index, last.term],
    message: ([, term, index, lastTerm]) => ({
      kind: 'preVoteRequest',
      term: toTerm(term),
      last: toEnd(index, lastTerm),
    }),
  },
  preVoteGranted: {
    fields: ({ kind, term, forTerm }) => [codeOf(kind), term, forTerm],
    message: ([, term, forTerm]) => ({
      kind: 'preVoteGranted',
      term: toTerm(term),
      forTerm: toTerm(forTerm),
    }),
  },
  preVoteRefused: {
    fields: ({ kind, term, forTerm }) => [codeOf(kind), term, forTerm],
    message: ([, term, forTerm]) => ({
      kind: 'preVoteRefused',
      term: toTerm(term),
      forTerm: toTerm(forTerm),
    }),
  },
  voteRequest: {
    fields: ({ kind, term, last, transfer }) => [
      codeOf(kind),
      term,
      last.index,
      last.term,
      transfer,
    ],
    message: ([, term, index, lastTerm, transfer]) => ({
      kind: 'voteRequest',
      term: toTerm(term),
      last: toEnd(index, lastTerm),
      transfer,
    }),
  },
  voteGranted: {
    fields: ({ kind, term }) => [codeOf(kind), term],
    message: ([, term]) => ({ kind: 'voteGranted', term: toTerm(term) }),
  },
  voteRefused: {
    fields: ({ kind, term }) => [codeOf(kind), term],
    message: ([, term]) => ({ kind: 'voteRefused', term: toTerm(term) }),
  },
  append: {
    fields: ({ kind, term, prev, commitIndex, entries }) => [
      codeOf(kind),
      term,
      prev.index,
      prev.term,
      commitIndex,
      entryFields(entries, prev.index),
    ],
    message: ([, term, prevIndex, prevTerm, commitIndex, entries]) => ({
      kind: 'append',
      term: toTerm(term),
      prev: toEnd(prevIndex, prevTerm),
      entries: toEntries(entries, prevIndex),
      commitIndex: toIndex(commitIndex),
    }),
  },
  appendAccepted: {
    fields: ({ kind, term, matchIndex }) => [codeOf(kind), term, matchIndex],
    message: ([, term, matchIndex]) => ({
      kind: 'appendAccepted',
      term: toTerm(term),
      matchIndex: toIndex(matchIndex),
    }),
  },
  appendRefused: {
    fields: ({ kind, term, prevIndex, hint }) => [
      codeOf(kind),
      term,
      prevIndex,
      hint.index,
      hint.term,
    ],
    message: ([, term, prevIndex, hintIndex, hintTerm]) => ({
      kind: 'appendRefused',
      term: toTerm(term),
      prevIndex: toIndex(prevIndex),
      hint: toEnd(hintIndex, hintTerm),
    }),
  },
  heartbeat: {
    fields: ({ kind, term, commitIndex, round }) => [codeOf(kind), term, commitIndex, round],
    message: ([, term, commitIndex, round]) => ({
      kind: 'heartbeat',
      term: toTerm(term),
      commitIndex: toIndex(commitIndex),
      round,
    }),
  },
  heartbeatAck: {
    fields: ({ kind, term, round }) => [codeOf(kind), term, round],
    message: ([, term, round]) => ({ kind: 'heartbeatAck', term: toTerm(term), round }),
  },
  commit: {
    fields: ({ kind, term, commitIndex }) => [codeOf(kind), term, commitIndex],
    message: ([, term, commitIndex]) => ({
      kind: 'commit',
      term: toTerm(term),
      commitIndex: toIndex(commitIndex),
    }),
  },
  timeoutNow: {
    fields: ({ kind, term }) => [codeOf(kind), term],
    message: ([, term]) => ({ kind: 'timeoutNow', term: toTerm(term) }),
  },
  forward: {
    fields: ({ kind, term, proposals }) => [codeOf(kind), term, proposals.map(proposalFields)],
    message: ([, term, proposals]) => ({
      kind: 'forward',
      term: toTerm(term),
      proposals: proposals.map(toProposal),
    }),
  },
  forwardRefused: {
    fields: ({ kind, term, proposalIds, code, message }) => [
      codeOf(kind),
      term,
      [...proposalIds],
      code,
      // A sentence for people: better cut short than not said.
      message.slice(0, limits.refusalMessageCharsMax),
    ],
    message: ([, term, ids, code, message]) => ({
      kind: 'forwardRefused',
      term: toTerm(term),
      proposalIds: ids.map(proposalId),
      code,
      message,
    }),
  },
  readIndexRequest: {
    fields: ({ kind, term, readId }) => [codeOf(kind), term, readId],
    message: ([, term, readId]) => ({ kind: 'readIndexRequest', term: toTerm(term), readId }),
  },
  readIndexGranted: {
    fields: ({ kind, term, readId, index }) => [codeOf(kind), term, readId, index],
    message: ([, term, readId, index]) => ({
      kind: 'readIndexGranted',
      term: toTerm(term),
      readId,
      index: toIndex(index),
    }),
  },
  readIndexRefused: {
    fields: ({ kind, term, readId }) => [codeOf(kind), term, readId],
    message: ([, term, readId]) => ({ kind: 'readIndexRefused', term: toTerm(term), readId }),
  },
  stateDigests: {
    fields: ({ kind, term, checkpoints, quarantined }) => [
      codeOf(kind),
      term,
      checkpoints.map(checkpointFields),
      quarantined,
    ],
    message: ([, term, checkpoints, quarantined]) => ({
      kind: 'stateDigests',
      term: toTerm(term),
      checkpoints: checkpoints.map(toCheckpoint),
      quarantined,
    }),
  },
  courseRequest: {
    fields: ({ kind, term, inquiry, after, through }) => [
      codeOf(kind),
      term,
      inquiry,
      after,
      through,
    ],
    message: ([, term, inquiry, after, through]) => ({
      kind: 'courseRequest',
      term: toTerm(term),
      inquiry,
      after: toIndex(after),
      through: toIndex(through),
    }),
  },
  course: {
    fields: ({ kind, term, inquiry, forgotten, through, states }) => [
      codeOf(kind),
      term,
      inquiry,
      forgotten,
      through,
      states.map(checkpointFields),
    ],
    message: ([, term, inquiry, forgotten, through, states]) => ({
      kind: 'course',
      term: toTerm(term),
      inquiry,
      forgotten: toIndex(forgotten),
      through: toIndex(through),
      states: states.map(toCheckpoint),
    }),
  },
  rowsRequest: {
    fields: ({ kind, term, inquiry, after, from }) => [codeOf(kind), term, inquiry, after, from],
    message: ([, term, inquiry, after, from]) => ({
      kind: 'rowsRequest',
      term: toTerm(term),
      inquiry,
      after: toIndex(after),
      from,
    }),
  },
  rows: {
    fields: ({ kind, term, inquiry, rows, next }) => [
      codeOf(kind),
      term,
      inquiry,
      rows.map(rowFields),
      next,
    ],
    message: ([, term, inquiry, rows, next]) => ({
      kind: 'rows',
      term: toTerm(term),
      inquiry,
      rows: rows.map(toRow),
      next,
    }),
  },
  stateRequest: {
    fields: ({ kind, term, inquiry, index, machine, key }) => [
      codeOf(kind),
      term,
      inquiry,
      index,
      machine,
      key,
    ],
    message: ([, term, inquiry, index, machine, key]) => ({
      kind: 'stateRequest',
      term: toTerm(term),
      inquiry,
      index: toIndex(index),
      machine,
      key,
    }),
  },
  stateInFull: {
    fields: ({ kind, term, inquiry, machine, key, text }) => [
      codeOf(kind),
      term,
      inquiry,
      machine,
      key,
      text,
    ],
    message: ([, term, inquiry, machine, key, text]) => ({
      kind: 'stateInFull',
      term: toTerm(term),
      inquiry,
      machine,
      key,
      text,
    }),
  },
};

// TypeScript cannot see that a message and the packing of its own kind belong together.
const packingOf = (kind: MessageKind) => packings[kind] as unknown as Packing<MessageKind>;

export const toFields = (message: Message): readonly unknown[] =>
  packingOf(message.kind).fields(message);

/** `fields` must conform to the schema of that kind. */
export const toMessage = (kind: MessageKind, fields: unknown): Message =>
  packingOf(kind).message(fields as FieldsOf<MessageKind>);
