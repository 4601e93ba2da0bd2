/** One step put to the test: whether every node would take it alike, and could keep what comes of it. */
import { blame } from './exercise-blame.ts';
import { failureFinding } from './exercise-failure.ts';
import { imprintOf, type Path, showPath } from './exercise-imprint.ts';
import { remember } from './exercise-memory.ts';
import { type Standing, standingImprint } from './exercise-standing.ts';
import { asIs, type Circumstances, type Look, otherwise } from './exercise-surroundings.ts';
import { changeOf, differenceOf, type Place, type Take } from './exercise-take.ts';
import { inWords, withinChild } from './exercise-words.ts';
import type { Finding } from './replicable-problem.ts';

/** Something to tell once, however often it shows: `key` is the same then. Null: once for each kind of step. */
export type Found = Readonly<{
  finding: Finding;
  key: string | null;
  child?: string;
}>;

export type Noted = Readonly<{
  code: 'threw' | 'looked' | 'unnamed';
  what: string;
  key: string | null;
}>;

export type Trial = Readonly<{
  /** Where it leads; null where it fails, or leads nowhere that could be trusted. */
  to: Place | null;
  found: readonly Found[];
  noted: readonly Noted[];
}>;

type Parts = Readonly<{
  /** Null for the first step of all. */
  from: Place | null;
  /** What user code gets to see of it. */
  brings: unknown;
  again: (circumstances: Circumstances) => Take;
  /** Of the cluster, where they are known. */
  machineNames: readonly string[] | null;
}>;

/** With that many different clocks and dice, where somebody looks and nothing differs yet. */
const variants = [2, 3, 4, 5, 6, 7];

export function tryStep({ from, brings, again, machineNames }: Parts): Trial {
  const asBefore = watch(from, brings);
  const first = again(asIs);
  const changed = asBefore.changed();
  if (changed !== null) {
    asBefore.restore();
    return { to: null, found: [changedInPlace(changed)], noted: [] };
  }

  const second = again(otherwise(1));
  // What looks about may have done it this time.
  if (second.looks.length > 0) asBefore.restore();
  const unequal = firstUnequal(first, second, again);
  const looks = unequal === null ? [...first.looks, ...second.looks] : [];
  const failure = failureFinding(first);
  return {
    to: first.to,
    found: [
      ...(unequal === null ? [] : blamed(again, first, unequal)),
      ...(failure?.isProblem === true ? [{ finding: failure.finding, key: null }] : []),
      ...notData(first),
      ...badDelays(first),
      ...unknownTargets(first, machineNames),
    ],
    noted: [
      ...looks.map(looked),
      ...(failure?.isProblem === false
        ? [{ code: 'threw', what: failure.what, key: null } as const]
        : []),
      ...unnamed(first),
    ],
  };
}

/** All that a step is given and must leave alone. */
function watch(from: Place | null, brings: unknown) {
  const eventBefore = imprintOf(brings, noActors);
  const standing = from?.standing;
  const restore = remember([brings, standing?.figure, standing?.waiting], (value) =>
    isActor(value, standing),
  );
  return {
    restore,
    changed(): Path | null {
      const inInstance = from === null ? null : changeOf(from);
      if (inInstance !== null) return inInstance;
      return imprintOf(brings, noActors) === eventBefore ? null : ['event'];
    },
  };
}

const isActor = (value: object, standing: Standing | undefined): boolean =>
  standing !== undefined && standing.naming(value) !== null;

const noActors = (): null => null;

type Unequal = Readonly<{ take: Take; variant: number }>;

function firstUnequal(first: Take, second: Take, again: Parts['again']): Unequal | null {
  if (differenceOf(first, second) !== null) return { take: second, variant: 1 };
  if (first.looks.length === 0 && second.looks.length === 0) return null;
  for (const variant of variants) {
    const take = again(otherwise(variant));
    if (differenceOf(first, take) !== null) return { take, variant };
  }
  return null;
}

const blamed = (again: Parts['again'], first: Take, { take, variant }: Unequal) =>
  blame(again, first, take, variant).map(({ finding, key, path }): Found => {
    const { child } = withinChild(path);
    return { finding, key, ...childOf(child) };
  });

const childOf = (child: readonly string[]) =>
  child.length === 0 ? {} : { child: child.join('/') };

function changedInPlace(path: Path): Found {
  const { child, rest } = withinChild(path);
  return {
    finding: {
      code: 'changes-in-place',
      what: `changes \`${showPath(rest)}\` in place`,
      remedy: 'Let guards and assigns make new objects, and leave those alone that they are given.',
    },
    key: null,
    ...childOf(child),
  };
}

/** What a node writes down must be what it reads again. */
function notData({ to, consequences }: Take): readonly Found[] {
  if (to === null) return [];
  const found: Found[] = [];
  const report = (path: Path, kind: string): void => {
    const { child, rest } = withinChild(path);
    const isWaiting = rest[0] === 'waiting' || rest[0] === 'changes';
    const where = isWaiting ? inWords(rest, { consequences }) : `\`${showPath(rest)}\``;
    found.push({
      finding: {
        code: 'not-data',
        what: `puts ${kind} into ${where}, which cannot be written down`,
        remedy:
          'Keep plain data: objects, lists, numbers, text, Date, Map, Set, BigInt, typed arrays, errors.',
      },
      key: `${child.join('/')} ${where.replace(/\[\d+\]/g, '[]')} ${kind}`,
      ...childOf(child),
    });
  };
  standingImprint(to.standing, report);
  imprintOf(consequences, to.standing.naming, (path, kind) => {
    // Parameters of actions wait in the log's state until somebody has carried them out.
    if (path.includes('params')) report(path, kind);
  });
  return found;
}

function badDelays({ stepped }: Take): readonly Found[] {
  return (stepped?.changes ?? []).flatMap((change): readonly Found[] => {
    if (change.type !== 'schedule' || Number.isFinite(change.delayed.delayMs)) return [];
    const { event, delayMs } = change.delayed;
    return [
      {
        finding: {
          code: 'bad-delay',
          what: `waits ${delayMs} ms for ${event.type}`,
          remedy: 'Let the delay be a number of milliseconds.',
        },
        key: event.type,
      },
    ];
  });
}

function unknownTargets({ stepped }: Take, names: readonly string[] | null): readonly Found[] {
  if (names === null) return [];
  return (stepped?.changes ?? []).flatMap((change): readonly Found[] => {
    if (change.type !== 'wish' || change.wish.kind !== 'sending') return [];
    const { machine } = change.wish;
    if (names.includes(machine)) return [];
    return [
      {
        finding: {
          code: 'unknown-target',
          what: `sends to an instance of "${machine}", which no machine is called`,
          remedy: `There are ${names.join(', ')}.`,
        },
        key: machine,
      },
    ];
  });
}

/** Nothing needs to tell an instance so far but the log itself. */
function unnamed({ unnamed: message }: Take): readonly Noted[] {
  if (message === null) return [];
  const what = `it comes to what a snapshot could not tell: ${message}`;
  // Actors are counted; what they run has the name.
  return [{ code: 'unnamed', what, key: message.replace(/x:\d+/, '') }];
}

const looked = ({ at, call, place }: Look): Noted => {
  const what = `it looks at the ${at === 'zone' ? 'time zone' : at} (\`${call}\`${place === null ? '' : ` at ${place}`}), which made no difference`;
  return { code: 'looked', what, key: what };
};
