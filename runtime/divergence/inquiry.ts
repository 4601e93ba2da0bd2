/**
 * A diverged node's questions to one that is right: what is asked next, and what the answers say.
 * When to ask is for `machines/divergence.ts` to decide.
 */
import type { DivergenceEvent } from '../../machines/divergence.ts';
import { later, type LogIndex, type NodeId } from '../../machines/protocol/ids.ts';
import { invariant, unreachable } from '../../machines/protocol/invariant.ts';
import type { MessageOf } from '../../machines/protocol/messages.ts';
import { rowOf } from '../../machines/replica/digest.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import { firstDifference, type Difference } from './first-difference.ts';
import { digestOfView, shownAt, shownNow, type Answer, type Question } from './testimony.ts';

/** Where the difference is, as far as is known. */
export type Place = Readonly<{
  /** The entry that shows it. */
  index: LogIndex;
  /** It began there, and not at some earlier entry that is forgotten. */
  isFirst: boolean;
  machine: string | null;
  key: string | null;
  difference: Difference | null;
}>;

export type Inquiry = Readonly<{
  ask(wish: 'askCourse' | 'askRows' | 'askState'): void;
  /** Null where this is no answer to what was asked last, or of somebody else. */
  heard(from: NodeId, answer: Answer): DivergenceEvent['type'] | null;
  /** Somebody else is to be asked from now on, from the beginning. */
  turnTo(witness: NodeId, agreed: LogIndex): void;
  readonly witness: NodeId;
  place(): Place;
}>;

type Unnumbered<Asked> = Asked extends unknown ? Omit<Asked, 'term' | 'inquiry'> : never;

type Parts = Readonly<{
  replica: Replica;
  witness: NodeId;
  /** The last place where both agreed. */
  agreed: LogIndex;
  /** The place where they are known not to. */
  differing: LogIndex;
  send: (to: NodeId, question: Unnumbered<Question> & { inquiry: number }) => void;
}>;

/** One that no row of a table can have: it names whichever instance took the entry. */
const whichever = { machine: '', key: '' } as const;

type Suspect = Readonly<{
  index: LogIndex;
  machine: string;
  key: string;
  isFirst: boolean;
  /** It showed at an entry that both remember; or among the instances as they are now. */
  how: 'traced' | 'swept';
}>;

export function createInquiry(parts: Parts): Inquiry {
  const { replica, differing, send } = parts;
  const { history, digest } = replica;
  let { witness, agreed } = parts;
  let inquiry = 0;
  /** Up to here, the courses are the same, but for what was forgotten up to the other place. */
  let traced = agreed;
  let forgottenTo = agreed;
  let position = 0;
  /** Instances that the other has named. */
  let named = new Set<string>();
  let suspect: Suspect | null = null;
  let difference: Difference | null = null;

  const ask = (question: Unnumbered<Question>): void => {
    inquiry += 1;
    send(witness, { ...question, inquiry });
  };

  /** What the instance was after that entry is known to be the same on both. */
  const isSameAfter = (index: LogIndex): boolean =>
    index <= agreed || (index > forgottenTo && history.at(index) !== undefined);

  function heardCourse({ forgotten, through, states }: MessageOf<'course'>) {
    const comparable = later(later(traced, forgotten), history.completeAfter);
    if (comparable > traced) forgottenTo = comparable;
    const theirs = new Map(states.map(({ index, digest: theirDigest }) => [index, theirDigest]));
    const ours = history.between(comparable, through, Number.POSITIVE_INFINITY);
    const differs = ours.find(({ index, view }) => theirs.get(index) !== digestOfView(view));
    const taken = new Set(ours.map(({ index }) => index));
    const unknown = states.find(({ index }) => index > comparable && !taken.has(index));
    const index = Math.min(differs?.index ?? Infinity, unknown?.index ?? Infinity) as LogIndex;
    if (Number.isFinite(index)) {
      const event = history.at(index);
      const isFirst =
        event === undefined ? forgottenTo <= agreed : isSameAfter(event.previousIndex);
      const name = event === undefined ? whichever : nameOf(event);
      suspect = { index, isFirst, ...name, how: 'traced' };
      return 'inquiry.found';
    }
    traced = later(traced, through);
    return traced >= differing ? 'inquiry.cameToNothing' : 'inquiry.goesOn';
  }

  function heardRows({ rows, next }: MessageOf<'rows'>) {
    digest.checkpoint();
    for (const { machine, key, index, digest: theirs } of rows) {
      named.add(`${machine}/${key}`);
      const instance = replica.instance(machine, key);
      const ours = instance && rowOf(instance);
      const isMissing = !ours && index <= replica.appliedIndex;
      // One that has changed since is compared another time.
      if (!isMissing && (ours?.index !== index || ours.digest === theirs)) continue;
      return found({ machine, key, index });
    }
    position = next ?? 0;
    if (next !== null) return 'inquiry.goesOn';
    const extra = digest
      .rows(agreed, 0, Number.POSITIVE_INFINITY)
      .rows.find(({ machine, key }) => !named.has(`${machine}/${key}`));
    return extra === undefined ? 'inquiry.cameToNothing' : found(extra);
  }

  const found = (row: Readonly<{ machine: string; key: string; index: LogIndex }>) => {
    suspect = { ...nameOf(row), index: row.index, isFirst: false, how: 'swept' };
    return 'inquiry.found' as const;
  };

  function heardState({ machine, key, text }: MessageOf<'stateInFull'>) {
    invariant(suspect !== null, 'an instance is asked for when it is suspected');
    if (suspect.machine === '') suspect = { ...suspect, machine, key };
    const { index, how } = suspect;
    const ours =
      how === 'traced'
        ? shownAt(replica, index)
        : shownNow(replica, suspect.machine, suspect.key, index);
    const isThere = machine !== '';
    const isHere = ours.machine !== '';
    // It is too large, or it has gone on meanwhile: then another look may help.
    if ((isThere && text === null) || (isHere && ours.text === null)) {
      return how === 'traced' ? 'inquiry.shown' : 'inquiry.cameToNothing';
    }
    difference = firstDifference(parsed(ours.text), parsed(text));
    return 'inquiry.shown';
  }

  return {
    ask(wish) {
      switch (wish) {
        case 'askCourse':
          return ask({ kind: 'courseRequest', after: traced, through: differing });
        case 'askRows':
          if (position === 0) named = new Set();
          return ask({ kind: 'rowsRequest', after: agreed, from: position });
        case 'askState': {
          invariant(suspect !== null, 'something has been found');
          const name = suspect.how === 'traced' ? whichever : nameOf(suspect);
          return ask({ kind: 'stateRequest', index: suspect.index, ...name });
        }
        default:
          return unreachable(wish);
      }
    },
    heard(from, answer) {
      if (from !== witness || answer.inquiry !== inquiry) return null;
      switch (answer.kind) {
        case 'course':
          return heardCourse(answer);
        case 'rows':
          return heardRows(answer);
        case 'stateInFull':
          return heardState(answer);
        default:
          return unreachable(answer);
      }
    },
    turnTo(next, agreedWithNext) {
      witness = next;
      agreed = agreedWithNext;
      traced = agreedWithNext;
      forgottenTo = agreedWithNext;
      position = 0;
    },
    get witness() {
      return witness;
    },
    place: () => ({
      index: suspect?.index ?? differing,
      isFirst: suspect?.isFirst ?? false,
      machine: suspect?.machine || null,
      key: suspect?.key || null,
      difference,
    }),
  };
}

const nameOf = ({ machine, key }: Readonly<{ machine: string; key: string }>) => ({ machine, key });

const parsed = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
