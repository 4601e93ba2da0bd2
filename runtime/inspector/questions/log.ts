/** Committed entries, in the words of those who look at them. */
import type { Entry } from '../../../machines/protocol/entry.ts';
import { toIndex } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { firstIndexOf, slice } from '../../../machines/rules/log.ts';
import { decodeCommand } from '../../command-codec.ts';
import { wordsForChore } from '../chore-words.ts';
import type { Inspected } from '../inspected.ts';
import { instanceEvent } from '../instance-stand.ts';
import type { AskLog, EntryPicture } from '../question-protocol.ts';
import type { Reply } from '../source.ts';

export function answerLog(
  inspected: Inspected,
  { from, limit = limits.entriesListedMax }: AskLog,
): Reply {
  const { log, commitIndex } = inspected.core.snapshot().context;
  const max = Math.min(limit, limits.entriesListedMax);
  const first = Math.max(firstIndexOf(log), from ?? commitIndex - max + 1);
  const through = Math.min(first + max - 1, commitIndex);
  return {
    type: 'log',
    firstIndex: firstIndexOf(log),
    commitIndex,
    entries: slice(log, toIndex(first), toIndex(through)).map((entry) =>
      entryPicture(entry, inspected),
    ),
  };
}

function entryPicture(entry: Entry, inspected: Inspected): EntryPicture {
  const { index, term, timeMs, payload } = entry;
  return { index, term, timeMs, ...said(entry, inspected), bytes: payload.length };
}

type Said = Omit<EntryPicture, 'index' | 'term' | 'timeMs' | 'bytes'>;

const nobody = { machine: null, key: null, event: null, proposalId: null };

function said({ kind, index, payload }: Entry, { core, show }: Inspected): Said {
  if (kind === 'noop') return { kind: 'no-op', what: 'a new leader begins', ...nobody };
  const decoded = kind === 'command' ? decodeCommand(payload) : null;
  if (decoded === null) return { kind: 'chore', what: 'nothing that means anything', ...nobody };
  const { proposalId } = decoded;
  if (!('chore' in decoded)) {
    const { machine, key, event } = decoded;
    const shown = instanceEvent(event, { machine, key }, show);
    return { kind: 'event', what: event.type, machine, key, event: shown, proposalId };
  }
  const words = wordsForChore(decoded.chore);
  const { machine, key } = words;
  // What it made the instance hear, as long as that is kept.
  const heard = core.replica.history.at(index)?.event;
  const isShown = heard !== undefined && machine !== null && key !== null;
  const event = isShown ? instanceEvent(heard, { machine, key }, show) : null;
  return { ...words, event, proposalId };
}
