/** Short ways to say what one node says to another. */
import type { Entry } from '../../machines/protocol/entry.ts';
import { toIndex, toTerm, type LogEnd } from '../../machines/protocol/ids.ts';
import type { MessageOf } from '../../machines/protocol/messages.ts';

export type Place = readonly [index: number, term: number];

const end = ([index, term]: Place): LogEnd => ({ index: toIndex(index), term: toTerm(term) });

export const preVoteRequest = (term: number, last: Place): MessageOf<'preVoteRequest'> => ({
  kind: 'preVoteRequest',
  term: toTerm(term),
  last: end(last),
});

/** In answer to a node that is in this term and asks about the next. */
export const preVoteGranted = (term: number): MessageOf<'preVoteGranted'> => ({
  kind: 'preVoteGranted',
  term: toTerm(term),
  forTerm: toTerm(term + 1),
});

export const voteRequest = (
  term: number,
  last: Place,
  transfer = false,
): MessageOf<'voteRequest'> => ({
  kind: 'voteRequest',
  term: toTerm(term),
  last: end(last),
  transfer,
});

export const voteGranted = (term: number): MessageOf<'voteGranted'> => ({
  kind: 'voteGranted',
  term: toTerm(term),
});

export const append = (
  term: number,
  prev: Place,
  entries: readonly Entry[] = [],
  commitIndex = 0,
): MessageOf<'append'> => ({
  kind: 'append',
  term: toTerm(term),
  prev: end(prev),
  entries,
  commitIndex: toIndex(commitIndex),
});

export const appendAccepted = (term: number, matchIndex: number): MessageOf<'appendAccepted'> => ({
  kind: 'appendAccepted',
  term: toTerm(term),
  matchIndex: toIndex(matchIndex),
});

export const appendRefused = (
  term: number,
  prevIndex: number,
  hint: Place,
): MessageOf<'appendRefused'> => ({
  kind: 'appendRefused',
  term: toTerm(term),
  prevIndex: toIndex(prevIndex),
  hint: end(hint),
});

export const heartbeat = (term: number, commitIndex = 0, round = 0): MessageOf<'heartbeat'> => ({
  kind: 'heartbeat',
  term: toTerm(term),
  commitIndex: toIndex(commitIndex),
  round,
});

export const heartbeatAck = (term: number, round = 0): MessageOf<'heartbeatAck'> => ({
  kind: 'heartbeatAck',
  term: toTerm(term),
  round,
});
