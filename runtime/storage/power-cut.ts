/** What of the unflushed survives a power cut on the simulated disk: one decision for each piece. */

/** Bytes that were written and not flushed yet. Kept until the flush, in the order of writing. */
export type UnflushedWrite = Readonly<{ path: string; offset: number; bytes: Uint8Array }>;

/** A name that was made, changed or removed, in a folder that was not flushed since. */
export type UnflushedName = Readonly<{
  change: 'create' | 'rename' | 'remove' | 'makeFolder';
  path: string;
}>;

/** From and to (not included), within the bytes of the write. */
export type KeptRange = readonly [from: number, to: number];

export type PowerCut = Readonly<{
  /** Asked once for every unflushed write, in order. */
  keepBytes(write: UnflushedWrite): readonly KeptRange[];
  /** Asked once for every unflushed name, in order. */
  keepName(name: UnflushedName): boolean;
}>;

/** Nothing that was not flushed survives. */
export const keepNothing: PowerCut = { keepBytes: () => [], keepName: () => false };

/** Everything survives, as if it had been written back just in time. */
export const keepEverything: PowerCut = {
  keepBytes: ({ bytes }) => [[0, bytes.length]],
  keepName: () => true,
};

/** The first `count` unflushed bytes survive, and no later one: a write torn at one place. */
export function keepFirstBytes(count: number, names: 'keepNames' | 'loseNames'): PowerCut {
  let left = count;
  return {
    keepBytes: ({ bytes }) => {
      const kept = Math.min(left, bytes.length);
      left -= kept;
      return [[0, kept]];
    },
    keepName: () => names === 'keepNames',
  };
}

/** Every sector and every name survives or not by the toss of a coin: write-back has no order. */
export function keepSectorsByChance(random: () => number, sectorBytes: number): PowerCut {
  return {
    keepBytes: ({ offset, bytes }) => {
      const kept: KeptRange[] = [];
      let from = 0;
      while (from < bytes.length) {
        const to = Math.min(bytes.length, from + sectorBytes - ((offset + from) % sectorBytes));
        if (random() < 0.5) kept.push([from, to]);
        from = to;
      }
      return kept;
    },
    keepName: () => random() < 0.5,
  };
}
