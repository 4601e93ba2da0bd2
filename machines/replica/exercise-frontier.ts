/**
 * Where to go on. Breadth-first, but a context that counts would make that endless: so the next
 * one is always of the configuration of states from which the fewest steps were tried yet.
 */
export interface Frontier<Item> {
  add(configuration: string, item: Item): void;
  next(): Item | null;
}

type Lane<Item> = { readonly waiting: Item[]; taken: number };

export function createFrontier<Item>(): Frontier<Item> {
  const lanes = new Map<string, Lane<Item>>();
  return {
    add(configuration, item) {
      const lane = lanes.get(configuration);
      if (lane === undefined) lanes.set(configuration, { waiting: [item], taken: 0 });
      else lane.waiting.push(item);
    },
    next() {
      let chosen: Lane<Item> | null = null;
      for (const lane of lanes.values()) {
        // One from which none waits would be as good as forgotten.
        const item = lane.waiting[lane.taken];
        if (item !== undefined && (chosen === null || lane.taken < chosen.taken)) chosen = lane;
      }
      if (chosen === null) return null;
      chosen.taken += 1;
      return chosen.waiting[chosen.taken - 1] ?? null;
    },
  };
}
