/** What a diverged node says of itself: to its clients, to whoever watches over it, and in its log. */
import type { NodeId } from '../../machines/protocol/ids.ts';
import { refused, type Refused } from '../../machines/protocol/outcome.ts';
import type { Quarantine } from '../service.ts';
import type { Place } from './inquiry.ts';

export const diverged: Refused = refused(
  'diverged',
  'this node has come to other states than the rest of the cluster: ask another; `status` says where, and a restart makes them anew',
);

/** Longer ones are cut short: they are for people to find the place by. */
const shownCharsMax = 300;

/** `place` is where the difference is, as far as is known by now. */
export function quarantineAt(
  { index, isFirst, machine, key, difference }: Place,
  witness: NodeId,
): Quarantine {
  const path = difference === null ? null : difference.path.replace(/^\./, '');
  const ours = inShort(difference?.ours);
  const theirs = inShort(difference?.theirs);
  const when = isFirst ? `at entry ${index}` : `at or before entry ${index}`;
  const what =
    machine === null
      ? 'of which instance is not known'
      : `of ${machine}/${key}${wordsFor(path, ours, theirs, witness)}`;
  return {
    index,
    isFirst,
    machine,
    key,
    path,
    ours,
    theirs,
    message: `this node's states differ from those of ${witness}, first ${when}, ${what}`,
  };
}

function wordsFor(path: string | null, ours: unknown, theirs: unknown, witness: NodeId): string {
  if (path === null) return '';
  const where = path === '' ? 'it' : path;
  return `: ${where} is ${word(ours)} here and ${word(theirs)} there (${witness})`;
}

const word = (value: unknown): string => (value === null ? 'nothing' : JSON.stringify(value));

/** What is not there is null, as JSON has no other word for it. */
function inShort(value: unknown): unknown {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : value;
}
