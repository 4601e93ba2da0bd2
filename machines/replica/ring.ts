/** A queue of fixed size in one array: the newest pushes the oldest out. */
export interface Ring<Item> {
  readonly length: number;
  /** Adds the newest and returns the oldest where there was no room for both. */
  push(item: Item): Item | undefined;
  /** Takes the oldest out. */
  shift(): Item | undefined;
  /** Counted from the oldest, which is 0. */
  at(position: number): Item | undefined;
}

export function createRing<Item>(capacity: number): Ring<Item> {
  const items: (Item | undefined)[] = [];
  let start = 0;
  let length = 0;

  const shift = (): Item | undefined => {
    if (length === 0) return undefined;
    const oldest = items[start];
    items[start] = undefined;
    start = (start + 1) % capacity;
    length -= 1;
    return oldest;
  };

  return {
    get length() {
      return length;
    },
    push(item) {
      const evicted = length === capacity ? shift() : undefined;
      items[(start + length) % capacity] = item;
      length += 1;
      return evicted;
    },
    shift,
    at: (position) => (position < length ? items[(start + position) % capacity] : undefined),
  };
}
