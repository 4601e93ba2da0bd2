/**
 * An effect is carried out by a leader alone, under its own term, after the log has asked for it.
 * At least once: it is run until what came of it is in the log. At most once: it begins once at
 * most, whoever leads, and the log says so before; when its leader is lost, the chart is told.
 * What a run says is heard once, in order, and only while its leader leads.
 */
import type { Chore, EffectId, Said } from '../../../../machines/protocol/chore.ts';
import type { Entry } from '../../../../machines/protocol/entry.ts';
import type { Finding } from '../../../world/checks/glimpse.ts';
import type { Asked } from '../../errands/errand.ts';
import type { Run, Word } from '../../errands/place.ts';

type Effect = Asked & {
  readonly index: number;
  readonly isAction: boolean;
  /** The term that has said it would run it: at most once only. */
  claimedIn: number | null;
  /** From this entry on nobody waits for it. */
  overAt: number;
  readonly runs: Run[];
  /** The run that was heard last, and its how manieth word. */
  heard: Readonly<{ run: number; word: number }> | null;
};

type Claim = Extract<Chore, { type: 'claim' }>;

const atMostOnce = new Set(['charge', 'stamp']);

const nameOf = ({ name, nth }: Asked): string => `${name} for event ${nth}`;

/** An action is never told to stop. */
const isUnderWay = ({ id, isOver, isStopped }: Run): boolean =>
  id !== null && !isOver && !isStopped;

export function effectPolicy() {
  const effects = new Map<string, Effect>();
  const byIndex = new Map<number, Effect>();
  /** What each instance has running. */
  const running = new Map<string, Effect>();

  /** One entry asks for one effect at most. */
  const byId = (id: EffectId): Effect | undefined => byIndex.get(Math.floor(Number(id)));

  function ask(asked: Asked, index: number, isAction: boolean): Effect {
    const fresh = { claimedIn: null, overAt: Infinity, runs: [], heard: null };
    const effect: Effect = { ...asked, index, isAction, ...fresh };
    effects.set(nameOf(asked), effect);
    byIndex.set(index, effect);
    return effect;
  }

  /** A promise that was resolved says so, and an actor that speaks says a word of its own. */
  function heardWord(effect: Effect, { word, run: number }: Word, entry: Entry): Finding {
    const run = effect.runs.find((each) => each.number === number);
    if (run === undefined) return `${nameOf(effect)} is heard of a run that there was not`;
    if (run.term !== entry.term) {
      return `${nameOf(effect)} is heard at ${entry.index}, in term ${entry.term}, of a run of term ${run.term}`;
    }
    const before = effect.heard;
    const isNext = word === (before?.run === number ? before.word + 1 : 1);
    const isLater = before === null || number >= before.run;
    effect.heard = { run: number, word };
    if (isNext && isLater && word <= run.words) return null;
    return `${nameOf(effect)} is heard at ${entry.index} as word ${word} of run ${number}, after word ${before?.word ?? 0} of run ${before?.run ?? number}`;
  }

  function heardFailure(effect: Effect, error: unknown, { term }: Entry): Finding {
    const isLoss = Reflect.get(Object(error) as object, 'code') === 'effect-lost';
    if (!isLoss) return `${nameOf(effect)} fails in term ${term}, and no run of it did`;
    if (effect.claimedIn === null) return `${nameOf(effect)} is called lost, and nobody had it`;
    const run = effect.runs.find((each) => each.term === term && isUnderWay(each));
    return run === undefined
      ? null
      : `${nameOf(effect)} is called lost, and runs under this leader`;
  }

  return {
    asked(instance: string, asked: Asked, index: number): void {
      running.set(instance, ask(asked, index, false));
    },
    left(instance: string, index: number): void {
      const effect = running.get(instance);
      if (effect !== undefined) effect.overAt = index;
      running.delete(instance);
    },
    acts: (asked: Asked, index: number): void => void ask(asked, index, true),

    claimed({ effect: id, term: saidIn }: Claim, { term }: Entry): void {
      // What a leader of before has said reached the log too late: nobody runs it under that word.
      if (saidIn !== term) return;
      const effect = byId(id);
      if (effect !== undefined) effect.claimedIn ??= term;
    },

    /** It has something to say, and its instance took it. */
    heard(instance: string, id: EffectId, said: Said, entry: Entry): Finding {
      const effect = byId(id);
      if (effect === undefined || running.get(instance) !== effect) {
        return `${instance} hears at ${entry.index} of effect ${id}, for which it does not wait`;
      }
      if (said.to === 'failure') return heardFailure(effect, said.error, entry);
      const { event } = said;
      const data: unknown = 'data' in event ? event.data : event;
      const isWord = typeof data === 'object' && data !== null && 'word' in data;
      return isWord ? heardWord(effect, data as Word, entry) : null;
    },

    /** The log says that it was carried out. */
    done(id: EffectId, { index, term }: Entry): Finding {
      const effect = byId(id);
      if (effect === undefined || !effect.isAction || effect.overAt < index) return null;
      effect.overAt = index;
      if (effect.runs.some(({ isOver }) => isOver)) return null;
      const isLost = effect.claimedIn !== null && effect.claimedIn < term;
      return isLost
        ? null
        : `${nameOf(effect)} is called done at ${index}, and was not carried out`;
    },

    begins(run: Run): Finding {
      const { name, term, process } = run;
      const { core, node } = process;
      const { value, context } = core.snapshot();
      const what = `${node} begins ${nameOf(run)}`;
      if (process.life.isDead) return `${what}, and is dead`;
      if (typeof value.role !== 'object' || !('leader' in value.role))
        return `${what}, and does not lead`;
      if (context.hardState.term !== term || core.replica.reign.term !== term) {
        return `${what} under term ${term}, where it leads ${context.hardState.term} and the log is in the reign of ${core.replica.reign.term}`;
      }
      const effect = effects.get(nameOf(run));
      if (effect === undefined) return `${what}, for which the log does not ask`;
      const twice = effect.runs.find((other) => atMostOnce.has(name) || other.term === term);
      if (twice !== undefined) {
        return `${what} in term ${term}, which ${twice.process.node} did in ${twice.term}`;
      }
      if (atMostOnce.has(name) && effect.claimedIn !== term)
        return `${what}, and has not told the log before`;
      effect.runs.push(run);
      return null;
    },

    /** Whether nobody waits for what runs there, as far as that node knows. */
    isUnwanted(run: Run): boolean {
      const { overAt = Infinity } = effects.get(nameOf(run)) ?? {};
      return run.process.core.replica.appliedIndex >= overAt;
    },

    /** Nothing should be, some time after all is calm. */
    unfinished: (): readonly string[] =>
      [...effects.values()]
        .filter(({ overAt }) => overAt === Infinity)
        .map(
          (effect) => `${nameOf(effect)} has run ${effect.runs.length} times, and is not finished`,
        ),
  };
}
