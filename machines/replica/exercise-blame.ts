/**
 * Why a step does not come to the same each time: it is taken again with only the clock another,
 * only the dice, only the time zone, and with nothing another at all.
 */
import type { Path } from './exercise-imprint.ts';
import { asIs, type Circumstances, type Look } from './exercise-surroundings.ts';
import { differenceOf, type Take } from './exercise-take.ts';
import type { Finding } from './replicable-problem.ts';
import { inWords } from './exercise-words.ts';

type Again = (circumstances: Circumstances) => Take;

/** A cause. `key` is the same text for the same cause, where that is known. */
export type Blame = Readonly<{ finding: Finding; key: string | null; path: Path }>;

/** Somebody may only toggle something. */
const repeatsMax = 3;

/** `first` was taken as it is, and one with that variant of all circumstances differed from it. */
export function blame(
  again: Again,
  first: Take,
  differing: Take,
  variant: number,
): readonly Blame[] {
  for (let repeats = 0; repeats < repeatsMax; repeats += 1) {
    const repeated = again(asIs);
    const path = differenceOf(first, repeated);
    if (path !== null) return [blamed(outside, undefined, path, repeated)];
  }

  const found = suspects.flatMap((suspect) => {
    const other = again({ ...asIs, [suspect.circumstance]: variant });
    const path = differenceOf(first, other);
    return path === null ? [] : [blamed(suspect, lookOf(other.looks, suspect), path, other)];
  });
  if (found.length > 0) return found;
  // It takes several of them at once.
  const path = differenceOf(first, differing) ?? [];
  const looked = suspects.flatMap((suspect) => {
    const look = lookOf(differing.looks, suspect);
    return look === undefined ? [] : [blamed(suspect, look, path, differing)];
  });
  return looked.length > 0 ? looked : [blamed(outside, undefined, path, differing)];
}

type Cause = Readonly<{ code: Finding['code']; does: string; remedy: string }>;
type Suspect = Cause & Readonly<{ circumstance: keyof Circumstances }>;

const suspects: readonly Suspect[] = [
  {
    code: 'reads-clock',
    circumstance: 'clock',
    does: 'reads the clock',
    remedy: 'Let whoever sends the event put the time into it, or wait with `after`.',
  },
  {
    code: 'rolls-dice',
    circumstance: 'dice',
    does: 'rolls dice',
    remedy: 'Let whoever sends the event put the number or the id into it.',
  },
  {
    code: 'reads-time-zone',
    circumstance: 'zone',
    does: 'reads the time zone of the process',
    remedy: 'Use UTC (`getUTCHours`, `toISOString`), or name a `timeZone`.',
  },
];

const outside: Cause = {
  code: 'reads-outside',
  does: 'depends on something outside of its context and its event',
  remedy: 'Keep that in the context, or let whoever sends the event put it in.',
};

function blamed(cause: Cause, look: Look | undefined, path: Path, differing: Take): Blame {
  const { code, does, remedy } = cause;
  const place = look?.place ?? null;
  const call =
    look === undefined ? '' : ` (\`${look.call}\`${place === null ? '' : ` at ${place}`})`;
  return {
    finding: {
      code,
      what: `${does}${call}, so that nodes would differ in ${inWords(path, differing)}`,
      remedy,
    },
    key: place,
    path,
  };
}

const lookOf = (looks: readonly Look[], { circumstance }: Suspect): Look | undefined =>
  looks.find(({ at }) => at === circumstance);
