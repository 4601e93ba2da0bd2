/**
 * What a node answers to one that differs from it. Each answer is bounded, and says nothing of
 * entries that this node has not applied yet: whoever asks then asks again, or somebody else.
 */
import { previousIndex, type LogIndex } from '../../machines/protocol/ids.ts';
import { unreachable } from '../../machines/protocol/invariant.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { ComparisonMessage, MessageOf } from '../../machines/protocol/messages.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import { rowOf } from '../../machines/replica/digest.ts';
import { hashOf, spell } from '../../machines/replica/digest-value.ts';
import type { HistoryEvent } from '../../machines/replica/history.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import { spelledInstance, spelledView } from './spelled.ts';

export type Question = Extract<
  ComparisonMessage,
  { kind: 'courseRequest' | 'rowsRequest' | 'stateRequest' }
>;
export type Answer = Extract<ComparisonMessage, { kind: 'course' | 'rows' | 'stateInFull' }>;

export const digestOfView = (view: InstanceView): string => spell(hashOf(view));

/** Null where there is no answer yet. */
export function testify(replica: Replica, question: Question): Answer | null {
  switch (question.kind) {
    case 'courseRequest':
      return replica.appliedIndex < question.through ? null : courseOf(replica, question);
    case 'rowsRequest':
      return rowsOf(replica, question);
    case 'stateRequest':
      return replica.appliedIndex < question.index ? null : stateOf(replica, question);
    default:
      return unreachable(question);
  }
}

function courseOf(
  { history }: Replica,
  { term, inquiry, after, through }: MessageOf<'courseRequest'>,
): MessageOf<'course'> {
  const events = history.between(after, through, limits.inquiryLinesMax + 1);
  const page = pageOf(events);
  const next = events[page.length];
  return {
    kind: 'course',
    term,
    inquiry,
    forgotten: history.completeAfter,
    through: next === undefined ? through : previousIndex(next.index),
    states: page.map(({ index, view }) => ({ index, digest: digestOfView(view) })),
  };
}

function rowsOf(
  { digest }: Replica,
  { term, inquiry, after, from }: MessageOf<'rowsRequest'>,
): MessageOf<'rows'> {
  digest.checkpoint();
  return { kind: 'rows', term, inquiry, ...digest.rows(after, from, limits.inquiryLinesMax) };
}

function stateOf(
  replica: Replica,
  { term, inquiry, index, machine, key }: MessageOf<'stateRequest'>,
): MessageOf<'stateInFull'> {
  const shown = machine === '' ? shownAt(replica, index) : shownNow(replica, machine, key, index);
  return { kind: 'stateInFull', term, inquiry, ...shown };
}

type Shown = Pick<MessageOf<'stateInFull'>, 'machine' | 'key' | 'text'>;

const nothing: Shown = { machine: '', key: '', text: null };

/** Whichever instance took that entry, as it was then. */
export function shownAt({ history }: Replica, index: LogIndex): Shown {
  const event = history.at(index);
  if (event === undefined) return nothing;
  const { machine, key, view } = event;
  return { machine, key, text: textOf(spelledView(view)) };
}

/** As it is now, if that entry is the last that touched it. */
export function shownNow(replica: Replica, machine: string, key: string, index: LogIndex): Shown {
  const instance = replica.instance(machine, key);
  if (instance === undefined) return nothing;
  replica.digest.checkpoint();
  const isThat = rowOf(instance)?.index === index;
  return { machine, key, text: isThat ? textOf(spelledInstance(instance)) : null };
}

function textOf(spelled: unknown): string | null {
  const text = JSON.stringify(spelled);
  return text.length > limits.stateTextCharsMax ? null : text;
}

/** As many as the limits allow, but one at least, so that there is always some way ahead. */
function pageOf(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  let bytes = 0;
  const end = events.findIndex((event) => (bytes += event.bytes) > limits.inquiryBytesMax);
  const lines =
    end < 0 ? limits.inquiryLinesMax : Math.min(Math.max(end, 1), limits.inquiryLinesMax);
  return events.slice(0, lines);
}
