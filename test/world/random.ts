/** One seed is a whole universe: every stream of chance in it begins with the seed and a name. */
export type Chance = Readonly<{
  /** In [0, 1). */
  fraction(): number;
  /** An integer in [low, high]. */
  integer(low: number, high: number): number;
  /** True once in `1 / share` cases. */
  happens(share: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
}>;

export function chance(seed: number, name: string): Chance {
  let state = seed >>> 0;
  for (const char of name) state = (Math.imul(state ^ char.charCodeAt(0), 0x01000193) + 1) >>> 0;

  /** Mulberry32. */
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1));
  const shuffled = <Item>(items: readonly Item[]): Item[] => {
    const left = [...items];
    return items.flatMap(() => left.splice(integer(0, left.length - 1), 1));
  };
  return {
    fraction,
    integer,
    shuffled,
    happens: (share) => fraction() < share,
    pick(items) {
      const picked = items[integer(0, items.length - 1)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
  };
}
