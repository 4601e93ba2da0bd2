/**
 * What overlapping faults want of one thing, a layer each: the end of one takes its own layer
 * away, and the others stay in force.
 */
export class Layers<What, Ruling> {
  readonly #rulingOf: (inForce: readonly What[]) => Ruling;
  readonly #show: (ruling: Ruling) => void;
  #inForce: readonly Readonly<{ what: What }>[] = [];
  #ruling: Ruling;

  /** `rulingOf` sees the latest last. `show` makes it so, whenever another ruling holds. */
  constructor(rulingOf: (inForce: readonly What[]) => Ruling, show: (ruling: Ruling) => void) {
    this.#rulingOf = rulingOf;
    this.#show = show;
    this.#ruling = rulingOf([]);
  }

  get ruling(): Ruling {
    return this.#ruling;
  }

  /** The way back takes off this layer and no other. */
  lay(what: What): () => void {
    const layer = { what };
    this.#set([...this.#inForce, layer]);
    return () => {
      if (this.#inForce.includes(layer)) this.#set(this.#inForce.filter((each) => each !== layer));
    };
  }

  #set(inForce: readonly Readonly<{ what: What }>[]): void {
    this.#inForce = inForce;
    const ruling = this.#rulingOf(inForce.map(({ what }) => what));
    if (Object.is(ruling, this.#ruling)) return;
    this.#ruling = ruling;
    this.#show(ruling);
  }
}

/** One way back for several layers. */
export const together =
  (waysBack: readonly (() => void)[]): (() => void) =>
  () => {
    for (const wayBack of waysBack) wayBack();
  };

/** Whatever is either so or not. */
export type OnOff = Layers<true, boolean>;

// Rulings.
export const anyOf = (inForce: readonly true[]): boolean => inForce.length > 0;
export const allOf = <What>(inForce: readonly What[]): readonly What[] => inForce;
export const latestOf = <What>(inForce: readonly What[]): What | null => inForce.at(-1) ?? null;
export const mostOf = (inForce: readonly number[]): number => Math.max(0, ...inForce);
export const leastOf = (inForce: readonly number[]): number => Math.min(Infinity, ...inForce);
