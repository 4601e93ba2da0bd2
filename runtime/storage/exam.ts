/**
 * The exam every store sits: what a node relies on, one sentence a test. Ours pass it; so can yours.
 * It needs a `test` function as vitest and node:test have it, and no more.
 */
import assert from 'node:assert/strict';
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { nodeId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import type { Recovered, Storage } from './port.ts';

/** One disk, or whatever the store keeps its bytes on. */
export type Medium = Readonly<{
  /** Opens the store on what the medium holds: nothing at first. */
  open(): Promise<Storage>;
  /** Cuts the power. The store that was open is never used again. Left out: the medium cannot. */
  cutPower?(): Promise<void>;
  /** Comes last, with every store closed or crashed. */
  dispose?(): Promise<void>;
}>;

export type StorageExam = Readonly<{
  test: (title: string, run: () => Promise<void>) => unknown;
  /** A new medium for every test. */
  medium: () => Medium | Promise<Medium>;
}>;

export function examineStorage(name: string, { test, medium }: StorageExam): void {
  const question = (title: string, answer: (medium: Medium) => Promise<void>): unknown =>
    test(`${name}: ${title}`, async () => {
      const fresh = await medium();
      try {
        await answer(fresh);
      } finally {
        await fresh.dispose?.();
      }
    });

  question('a new store holds nothing', async (disk) => {
    assert.deepEqual(await whatIsThere(disk), nothing);
    assert.deepEqual(await whatIsThere(disk), nothing);
  });

  question('what was appended is there after reopening, to the last bit', async (disk) => {
    const entries = [
      { ...entry(1, 3), kind: 'noop', payload: new Uint8Array() },
      { ...entry(2, 3), timeMs: 1_234_567.890_625, seed: 2 ** 32 - 1 },
      { ...entry(3, 2 ** 40), payload: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
      { ...entry(4, 2 ** 40), kind: 'configuration', seed: 0, timeMs: 0 },
      ...Array.from({ length: 9 }, (_, n) => ({ ...entry(5 + n, 2 ** 40), payload: bytes(n) })),
    ] as const;
    await using(disk, (store) => store.append({ hardState: voted(7, 'a.b_c-9'), entries }));
    assert.deepEqual(await whatIsThere(disk), { hardState: voted(7, 'a.b_c-9'), entries });
  });

  question('what was recovered stays what it was while more is appended', async (disk) => {
    await using(disk, (store) => store.append({ hardState: null, entries: [entry(1)] }));
    await using(disk, async (store) => {
      await store.append({ hardState: voted(2, 'b'), entries: [entry(1, 2), entry(2, 2)] });
      assert.deepEqual(copyOf(store.recovered), { hardState: null, entries: [entry(1)] });
    });
  });

  question('the latest hard state counts, and null leaves it as it is', async (disk) => {
    await using(disk, async (store) => {
      await store.append({ hardState: voted(1, 'a'), entries: [] });
      await store.append({ hardState: voted(2, 'b'), entries: [entry(1)] });
      await store.append({ hardState: { term: toTerm(3), votedFor: null }, entries: [] });
      await store.append({ hardState: null, entries: [entry(2)] });
    });
    const { hardState } = await whatIsThere(disk);
    assert.deepEqual(hardState, { term: 3, votedFor: null });
  });

  question('an entry replaces the one at its index and all after it', async (disk) => {
    await using(disk, async (store) => {
      await store.append({ hardState: null, entries: [1, 2, 3, 4, 5].map((n) => entry(n)) });
      await store.append({ hardState: null, entries: [entry(3, 2)] });
      await store.append({ hardState: null, entries: [entry(4, 2), entry(4, 3), entry(5, 3)] });
    });
    const entries = [entry(1), entry(2), entry(3, 2), entry(4, 3), entry(5, 3)];
    assert.deepEqual(await whatIsThere(disk), { hardState: null, entries });
    await using(disk, (store) => store.append({ hardState: null, entries: [entry(1, 4)] }));
    assert.deepEqual((await whatIsThere(disk)).entries, [entry(1, 4)]);
  });

  question('many batches and many reopenings make one log', async (disk) => {
    for (let round = 0; round < 5; round += 1) {
      await using(disk, async (store) => {
        for (let n = 1; n <= 20; n += 1) {
          await store.append({ hardState: null, entries: [entry(20 * round + n)] });
        }
      });
    }
    const { entries } = await whatIsThere(disk);
    assert.deepEqual(
      entries.map(({ index }) => Number(index)),
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
  });

  question('a batch may be large, and so may an entry', async (disk) => {
    const entries = Array.from({ length: 1_024 }, (_, n) => ({
      ...entry(n + 1),
      payload: bytes(n === 500 ? 512 * 1024 : 1_000),
    }));
    await using(disk, (store) => store.append({ hardState: voted(1, 'a'), entries }));
    assert.deepEqual(await whatIsThere(disk), { hardState: voted(1, 'a'), entries });
  });

  question('an empty batch is no batch', async (disk) => {
    await using(disk, (store) => store.append({ hardState: null, entries: [] }));
    assert.deepEqual(await whatIsThere(disk), nothing);
  });

  question('a payload may be used for something else once it is stored', async (disk) => {
    const payload = bytes(100);
    await using(disk, async (store) => {
      await store.append({ hardState: null, entries: [{ ...entry(1), payload }] });
      payload.fill(0);
    });
    const { entries } = await whatIsThere(disk);
    assert.deepEqual(entries[0]?.payload, bytes(100));
  });

  question('a closed store refuses, and may be closed again', async (disk) => {
    const store = await disk.open();
    await store.close();
    await assert.rejects(store.append({ hardState: null, entries: [entry(1)] }), {
      code: 'storage-failed',
    });
    await store.close();
    assert.deepEqual(await whatIsThere(disk), nothing);
  });

  question('what was acknowledged survives a power cut, time and again', async (disk) => {
    if (!disk.cutPower) return;
    for (let n = 1; n <= 10; n += 1) {
      const store = await disk.open();
      await store.append({ hardState: voted(n, 'a'), entries: [entry(n, n)] });
      await disk.cutPower();
    }
    const entries = Array.from({ length: 10 }, (_, n) => entry(n + 1, n + 1));
    assert.deepEqual(await whatIsThere(disk), { hardState: voted(10, 'a'), entries });
  });
}

const nothing: Recovered = { hardState: null, entries: [] };

const voted = (term: number, name: string): HardState => ({
  term: toTerm(term),
  votedFor: nodeId(name),
});

const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + length) % 251);

const entry = (index: number, term = 1): Entry => ({
  index: toIndex(index),
  term: toTerm(term),
  kind: 'command',
  timeMs: index * 0.125,
  seed: index,
  payload: bytes(20 + (index % 7)),
});

/** Plain arrays, so that two stores are compared by what they hold and not by how. */
const copyOf = ({ hardState, entries }: Recovered): Recovered => ({
  hardState,
  entries: entries.map((held) => ({ ...held, payload: Uint8Array.from(held.payload) })),
});

async function using(disk: Medium, use: (store: Storage) => Promise<void>): Promise<void> {
  const store = await disk.open();
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

async function whatIsThere(disk: Medium): Promise<Recovered> {
  const store = await disk.open();
  const found = copyOf(store.recovered);
  await store.close();
  return found;
}
