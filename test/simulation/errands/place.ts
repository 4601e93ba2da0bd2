/**
 * Where effects really run: in one process of one node, on its clock. How each run goes is drawn
 * from the seed: it answers, soon or late, fails, hangs, goes on though it was stopped. Whoever
 * judges them sees each one begin.
 */
import type { EffectId } from '../../../machines/protocol/chore.ts';
import type { Term } from '../../../machines/protocol/ids.ts';
import { effectInfo } from '../../../runtime/duties/effect-run.ts';
import type { Process } from '../../world/process.ts';
import { chance, type Chance } from '../../world/random.ts';

/** What a run says: which one it is, for which event, and its how manieth word this is. */
export type Word = Readonly<{ nth: number; run: number; word: number }>;

export type Run = {
  /** Counted over all processes. */
  readonly number: number;
  readonly name: string;
  readonly nth: number;
  /** Null: an action, which is not told. */
  readonly id: EffectId | null;
  readonly term: Term;
  readonly process: Process;
  words: number;
  isOver: boolean;
  /** It was told to stop. An action never is. */
  isStopped: boolean;
};

type Judge = Readonly<{ begins: (run: Run) => void }>;

const soonMs = [1, 5, 40, 200, 900] as const;
/** Whoever waits for it has lost patience by then. */
const lateMs = 3_500;
const wordsMax = 4;

/** All places together, and all that ran at them. */
export class Places {
  readonly runs: Run[] = [];
  readonly #seed: number;
  readonly #judge: Judge;
  readonly #hanging = new Set<() => void>();
  #isCalm = false;

  constructor(seed: number, judge: Judge) {
    this.#seed = seed;
    this.#judge = judge;
  }

  /** Nothing fails any more, and what hangs goes on. */
  calm(): void {
    this.#isCalm = true;
    for (const goOn of this.#hanging) goOn();
    this.#hanging.clear();
  }

  begin(parts: Pick<Run, 'name' | 'nth' | 'id' | 'term' | 'process'>): Run & { dice: Chance } {
    const number = this.runs.length;
    const run = { ...parts, number, words: 0, isOver: false, isStopped: false };
    this.runs.push(run);
    this.#judge.begins(run);
    return Object.assign(run, { dice: chance(this.#seed, `run ${number}`) });
  }

  /** Calls `then` after a while that fits the weather; `hangs`: not before it is calm. */
  later({ process }: Run, dice: Chance, then: () => void, delaysMs: readonly number[]): void {
    const { clock } = process.life;
    if (this.#isCalm) return void clock.setTimeout(then, dice.pick(soonMs) / 10);
    const goOn = (): void => void clock.setTimeout(then, 1);
    if (!dice.happens(0.12)) return void clock.setTimeout(then, dice.pick(delaysMs));
    this.#hanging.add(goOn);
  }

  fails(dice: Chance): boolean {
    return dice.happens(0.15) && !this.#isCalm;
  }
}

type Voice = Readonly<{
  said: (word: Word) => void;
  ended: () => void;
  hears: (answer: () => void) => void;
  poked: () => void;
}>;

type Observer = Readonly<{
  next?: (word: Word) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
}>;

const noLuck = (): Error => Object.assign(new Error('no luck'), { code: 'no-luck' });

/** As one process sees it. */
export class Place {
  /** From when it comes up. */
  process: Process | null = null;
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  promise(name: string, nth: number, self: object, signal: AbortSignal): Promise<Word> {
    const run = this.#begin(name, nth, self);
    const { dice } = run;
    const isObedient = dice.happens(0.5);
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        run.isOver = true;
        run.words += 1;
        if (this.#places.fails(dice)) reject(noLuck());
        else resolve({ nth, run: run.number, word: 1 });
      };
      signal.addEventListener('abort', () => {
        run.isStopped = true;
        if (isObedient) reject(noLuck());
      });
      if (dice.happens(0.15)) answer();
      else this.#places.later(run, dice, answer, [...soonMs, lateMs]);
    });
  }

  callback(name: string, nth: number, self: object, voice: Voice): () => void {
    const run = this.#begin(name, nth, self);
    voice.hears(() => voice.poked());
    this.#speak(run, voice.said, () => voice.ended());
    return () => void (run.isStopped = true);
  }

  observable(name: string, nth: number, self: object) {
    return {
      subscribe: (observer: Observer) => {
        const run = this.#begin(name, nth, self);
        this.#speak(
          run,
          (word) => observer.next?.(word),
          () => (this.#places.fails(run.dice) ? observer.error?.(noLuck()) : observer.complete?.()),
        );
        return { unsubscribe: () => void (run.isStopped = true) };
      },
    } as never;
  }

  action(name: string, nth: number): Promise<void> {
    const run = this.#begin(name, nth, null);
    const { dice } = run;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        run.isOver = true;
        if (this.#places.fails(dice)) reject(noLuck());
        else resolve();
      };
      if (dice.happens(0.3)) end();
      else this.#places.later(run, dice, end, soonMs);
    });
  }

  /** Some words, and then the end. Some do not stop when they are told to. */
  #speak(run: Run & { dice: Chance }, say: (word: Word) => void, end: () => void): void {
    const { dice, nth } = run;
    const words = dice.integer(0, wordsMax);
    const isObedient = dice.happens(0.5);
    const goOn = (): void => {
      if (run.isStopped && isObedient) return;
      if (run.words === words) {
        run.isOver = true;
        return end();
      }
      run.words += 1;
      say({ nth, run: run.number, word: run.words });
      this.#places.later(run, dice, goOn, soonMs);
    };
    this.#places.later(run, dice, goOn, soonMs);
  }

  #begin(name: string, nth: number, self: object | null): Run & { dice: Chance } {
    const { process } = this;
    if (process === null) throw new Error('an effect runs in a process that has not come up');
    const info = self === null ? null : effectInfo(self);
    const { term } = process.core.snapshot().context.hardState;
    return this.#places.begin({
      name,
      nth,
      process,
      id: info?.id ?? null,
      term: (info?.fencingTerm ?? term) as Term,
    });
  }
}
