/** One step of an instance, taken in given circumstances, with all that came of it as text. */
import { termZero } from '../protocol/ids.ts';
import {
  type Begun,
  type Engine,
  MachineFailure,
  type Snapshot,
  type Stepped,
  Unnameable,
} from './engine.ts';
import { type Ensemble, ensembleAfter, reassemble } from './exercise-actors.ts';
import { imprintOf, type Path, pathAt, firstDifference } from './exercise-imprint.ts';
import { type Standing, standingImprint, standingOf, standingPathAt } from './exercise-standing.ts';
import { asIs, type Circumstances, type Look, type Surroundings } from './exercise-surroundings.ts';
import { afterChanges, type Change, nothingPending, type Pending, type Policy } from './pending.ts';

/** Where an instance stands. */
export type Place = Readonly<{
  snapshot: Snapshot;
  pending: Pending;
  standing: Standing;
  ensemble: Ensemble;
  /** Equal for places from which nothing different can ever come. */
  imprint: string;
  /** Steps since it began. */
  depth: number;
}>;

export type Take = Readonly<{
  /** Null where it failed. */
  to: Place | null;
  stepped: Stepped | null;
  failure: MachineFailure | null;
  /** It has failed where nobody could be refused, so the instance is broken for good. */
  isBroken: boolean;
  /** What others notice of it, besides where it stands now. */
  consequences: object;
  /** Of these. */
  imprint: string;
  /** What of it has no name in the definition, so that a snapshot could not tell it. */
  unnamed: string | null;
  looks: readonly Look[];
}>;

/** The step from one place to the next, as the engine takes it. */
export type Step = Readonly<{
  run: (engine: Engine) => Begun & Partial<Stepped>;
  ensemble: Ensemble;
  pending: Pending;
  depth: number;
  /** Nobody is told why it failed: it shows in the instance itself. */
  isOwn: boolean;
}>;

type Parts = Readonly<{ engine: Engine; surroundings: Surroundings; isOnce: Policy }>;

export function take(
  { engine, surroundings, isOnce }: Parts,
  { run, ensemble, pending, depth, isOwn }: Step,
  circumstances: Circumstances,
): Take {
  reassemble(ensemble);
  const { result, looks } = surroundings.within(circumstances, () => attempt(() => run(engine)));
  if (result instanceof MachineFailure) {
    const consequences = { failure: isOwn ? result.message : '' };
    const imprint = JSON.stringify(consequences);
    return {
      to: null,
      stepped: null,
      failure: result,
      isBroken: isOwn,
      consequences,
      imprint,
      unnamed: null,
      looks,
    };
  }
  const { snapshot, accepted = true, emitted, changes } = result;
  const isActive = engine.view(snapshot).status === 'active';
  const at = { index: depth, term: termZero, timeMs: depth };
  const asked = isActive ? afterChanges(pending, changes, at, isOnce) : nothingPending;
  const to = placeOf(snapshot, withoutWishes(asked), ensembleAfter(ensemble, snapshot), depth);
  const consequences = { accepted, emitted, changes: changes.map(toldOf) };
  return {
    to,
    stepped: { ...result, accepted },
    failure: null,
    isBroken: false,
    consequences,
    imprint: imprintOf(consequences, to.standing.naming),
    // Once is enough, and now: actors do not stay as they are.
    unnamed: circumstances === asIs ? unnamedIn(() => engine.serialize(snapshot, asked)) : null,
    looks,
  };
}

function placeOf(snapshot: Snapshot, pending: Pending, ensemble: Ensemble, depth: number): Place {
  const standing = standingOf(snapshot, pending);
  const imprint = standingImprint(standing);
  return { snapshot, pending, standing, ensemble, imprint, depth };
}

function attempt<Result>(step: () => Result): Result | MachineFailure {
  try {
    return step();
  } catch (thrown) {
    if (thrown instanceof MachineFailure) return thrown;
    throw thrown;
  }
}

function unnamedIn(serialize: () => unknown): string | null {
  try {
    serialize();
    return null;
  } catch (thrown) {
    if (thrown instanceof Unnameable) return thrown.message;
    throw thrown;
  }
}

/** Actions and sendings are carried out once; nothing of that comes back to the machine. */
const withoutWishes = (pending: Pending): Pending => ({
  ...pending,
  effects: pending.effects.filter(({ wish }) => wish.kind === 'invocation'),
});

/** Without the code that is to be run, and without what the standing tells anyway. */
function toldOf(change: Change): object {
  if (change.type !== 'wish') return change;
  const { wish } = change;
  switch (wish.kind) {
    case 'invocation': {
      const { kind, session, name, actorId, systemId, input } = wish;
      return { kind, session, name, actorId, systemId, input };
    }
    case 'action':
      return { kind: wish.kind, name: wish.name, params: wish.params };
    default:
      return wish;
  }
}

/** The first thing in which two takes of the same step differ; null if they do not. */
export function differenceOf(first: Take, second: Take): Path | null {
  if (first.to === null || second.to === null) {
    return first.imprint === second.imprint && first.to === second.to ? null : ['failure'];
  }
  if (first.to.imprint !== second.to.imprint) {
    const at = firstDifference(first.to.imprint, second.to.imprint);
    return standingPathAt(second.to.standing, at);
  }
  if (first.imprint === second.imprint) return null;
  const at = firstDifference(first.imprint, second.imprint);
  return pathAt(second.consequences, second.to.standing.naming, at);
}

/** Where something was changed that was there before; null if all is as it was. */
export function changeOf({ snapshot, pending, imprint }: Place): Path | null {
  const standing = standingOf(snapshot, pending);
  const now = standingImprint(standing);
  return now === imprint ? null : standingPathAt(standing, firstDifference(imprint, now));
}
