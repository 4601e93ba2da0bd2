/**
 * The set of configurations that a search has been in: which operations are placed, and the
 * state they led to. There may be millions, so they lie one behind another in one array, found
 * by an open-addressed table of positions.
 */
export type Configurations = Readonly<{
  /** False if it is there already. */
  add(placed: Int32Array, state: number): boolean;
}>;

/** As many bits as there are operations. */
export const bitsFor = (operationCount: number): Int32Array =>
  new Int32Array(Math.ceil(operationCount / 32));

export function flip(bits: Int32Array, at: number): void {
  const word = at >>> 5;
  bits[word] = (bits[word] ?? 0) ^ (1 << (at & 31));
}

export function createConfigurations(operationCount: number): Configurations {
  const words = bitsFor(operationCount).length;
  /** A record is its hash, its state and its bits. */
  const width = words + 2;
  let records = new Int32Array(64 * width);
  /** A power of two of slots: the number of a record, counted from one, or zero. */
  let slots = new Int32Array(256);
  let count = 0;

  const isAt = (record: number, hash: number, state: number, placed: Int32Array): boolean => {
    const at = record * width;
    if (records[at] !== hash || records[at + 1] !== state) return false;
    for (let word = 0; word < words; word += 1) {
      if (records[at + 2 + word] !== placed[word]) return false;
    }
    return true;
  };

  /** The slot that holds it, or the free one that it belongs into. */
  const slotOf = (hash: number, isIt: (record: number) => boolean): number => {
    let slot = hash & (slots.length - 1);
    for (let held = slots[slot]; held; held = slots[slot]) {
      if (isIt(held - 1)) return slot;
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  };

  const widen = (): void => {
    slots = new Int32Array(2 * slots.length);
    for (let record = 0; record < count; record += 1) {
      slots[slotOf(records[record * width] ?? 0, () => false)] = record + 1;
    }
  };

  return {
    add(placed, state) {
      const hash = hashOf(placed, state);
      const slot = slotOf(hash, (record) => isAt(record, hash, state, placed));
      if (slots[slot] !== 0) return false;

      const at = count * width;
      if (at + width > records.length) {
        const more = new Int32Array(2 * records.length);
        more.set(records);
        records = more;
      }
      records[at] = hash;
      records[at + 1] = state;
      records.set(placed, at + 2);
      count += 1;
      slots[slot] = count;
      if (2 * count > slots.length) widen();
      return true;
    },
  };
}

function hashOf(placed: Int32Array, state: number): number {
  let hash = Math.imul(state + 1, 0x9e3779b1);
  for (const word of placed) {
    hash = Math.imul(hash ^ word, 0x85ebca6b);
    hash = (hash << 13) | (hash >>> 19);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}
