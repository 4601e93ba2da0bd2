/**
 * The loop. Inputs come from a grammar, and from earlier inputs by mutation; one that reaches
 * code which no other reached is kept, and mutated further. All of it follows from the seed,
 * as long as the target answers the same input in the same way.
 */
import * as fc from 'fast-check';
import { chance, type Chance } from '../world/random.ts';
import { Reached, takeSample } from './block-coverage.ts';
import { checkGuarded } from './guards.ts';
import { mutated } from './mutation.ts';
import type { Check, Target } from './target.ts';

export type Failure = Readonly<{ input: Uint8Array; error: unknown }>;

/** Asking which code ran costs more than running it, so it is asked once for so many inputs. */
const batchSize = 64;

/** What was reached last leads on more often than what has been tried a thousand times. */
const latestCount = 4;

/** Steps (blocks entered) that an input may cost: so many, and so many for each of its bytes. */
const stepsBase = 200_000;
const stepsPerByte = 3_000;
const stepsMax = ({ length }: Uint8Array): number => stepsBase + stepsPerByte * length;

export class Fuzzer {
  readonly #target: Pick<Target, 'grammar' | 'words'>;
  readonly #check: Check;
  readonly #reached = new Reached();
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #corpus: Uint8Array[] = [];
  #runs = 0;
  #batches = 0;

  constructor(target: Pick<Target, 'grammar' | 'words'>, check: Check, seed: number) {
    this.#target = target;
    this.#check = check;
    this.#seed = seed;
    this.#chance = chance(seed, 'fuzz');
  }

  get runs(): number {
    return this.#runs;
  }
  get reached(): Reached {
    return this.#reached;
  }
  get corpusSize(): number {
    return this.#corpus.length;
  }

  /** Begins with what is known. Returns the first that fails. `idle` gets what leads nowhere new. */
  async replay<Kept extends Readonly<{ input: Uint8Array }>>(
    inputs: readonly Kept[],
    idle: (kept: Kept) => void = () => {},
  ): Promise<Failure | null> {
    for (const kept of inputs) {
      let isNew = false;
      const failure = await this.#search([kept.input], () => (isNew = true));
      if (failure) return failure;
      if (!isNew) idle(kept);
    }
    return null;
  }

  /** One more batch. `kept` gets what reached something new. */
  step(kept: (input: Uint8Array) => void = () => {}): Promise<Failure | null> {
    return this.#search(this.#nextBatch(), kept);
  }

  /** Runs them all; where something is new, each half again, until it is known which input it was. */
  async #search(
    inputs: readonly Uint8Array[],
    kept: (input: Uint8Array) => void,
  ): Promise<Failure | null> {
    takeSample();
    for (const input of inputs) {
      const failure = await this.#run(input);
      if (failure) return failure;
    }
    const sample = takeSample();
    const isTooMuch = sample.steps > inputs.reduce((sum, input) => sum + stepsMax(input), 0);
    const isNew = this.#reached.isNews(sample);
    if (!isNew && !isTooMuch) return null;

    const [input] = inputs;
    if (inputs.length === 1 && input) {
      const error = new Error(`${input.length} bytes took ${sample.steps} steps`);
      if (isTooMuch) return { input, error };
      this.#corpus.push(input);
      kept(input);
    } else {
      const middle = Math.ceil(inputs.length / 2);
      for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
        const failure = await this.#search(half, kept);
        if (failure) return failure;
      }
    }
    // Also what shows in company alone, or it would look new for ever.
    this.#reached.learn(sample);
    return null;
  }

  #nextBatch(): readonly Uint8Array[] {
    this.#batches += 1;
    const drawn = Math.imul(this.#seed, 0x9e3779b1) ^ this.#batches;
    const grown = fc.sample(this.#target.grammar, { numRuns: batchSize / 2, seed: drawn });
    const corpus = this.#corpus.length > 0 ? this.#corpus : grown;
    const latest = corpus.slice(-latestCount);
    const by = {
      chance: this.#chance,
      words: this.#target.words,
      other: () => this.#chance.pick(this.#chance.happens(0.5) ? latest : corpus),
    };
    const broken = grown.map((input) =>
      mutated(this.#chance.happens(0.35) ? input : by.other(), by),
    );
    return [...grown, ...broken];
  }

  async #run(input: Uint8Array): Promise<Failure | null> {
    this.#runs += 1;
    try {
      await checkGuarded(this.#check, input);
      return null;
    } catch (error) {
      return { input, error };
    }
  }
}
