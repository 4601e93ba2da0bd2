/** What the journal does to its files, and when. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toIndex } from '../../machines/protocol/ids.ts';
import type { StoreBatch } from '../../runtime/storage/port.ts';
import { keepNothing, keepSectorsByChance } from '../../runtime/storage/power-cut.ts';
import { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { handClock } from './hand-clock.ts';
import { chance } from '../world/random.ts';
import {
  asText,
  batchOf,
  entry,
  folder,
  heldBy,
  newDisk,
  openOn,
  outcomeOf,
  segmentBytes,
  undisturbed,
  voted,
} from './story.ts';

const segmentsOn = (disk: SimulatedDisk): readonly string[] =>
  disk
    .paths()
    .map((path) => path.slice(folder.length + 1))
    .filter((name) => name.startsWith('journal-'))
    .toSorted();

test('a batch is one write and one flush, however many records it has', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  const operations: string[] = [];
  disk.before = ({ kind }) => void operations.push(kind);
  await journal.append(batchOf([entry(1), entry(2)], voted(1, 'alpha')));
  expect(operations).toEqual(['write', 'flush']);
});

test('a batch never spans two segments', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  for (let n = 1; n <= 30; n += 3) {
    await journal.append(batchOf([entry(n), entry(n + 1), entry(n + 2)]));
  }
  const names = segmentsOn(disk);
  expect(names.length).toBeGreaterThan(3);
  // The last segment alone still opens: its batches are whole, and only the older ones are missed.
  const alone = undisturbed(disk);
  for (const name of names.slice(0, -1)) await alone.remove(`${folder}/${name}`);
  await assert.rejects(openOn(alone), { code: 'storage-corrupt' });
  expect((await heldBy(disk)).entries.length).toBe(30);
});

test('a batch that no usual segment holds gets a larger one', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  await journal.append(batchOf([entry(1)], voted(1, 'alpha')));
  await journal.append(batchOf([entry(2, 1, 3_000), entry(3, 1, 3_000)]));
  await journal.append(batchOf([entry(4)]));
  const sizes = segmentsOn(disk).map((name) => disk.contents(`${folder}/${name}`).length);
  expect(sizes[0]).toBe(segmentBytes);
  expect(sizes[1]).toBeGreaterThan(6_000);
  expect((await heldBy(disk)).entries.length).toBe(4);
});

test('the spare is ready before it is needed', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  const operations: string[] = [];
  disk.before = ({ kind, path }) =>
    void operations.push(`${kind} ${path.slice(folder.length + 1)}`);
  for (let n = 1; segmentsOn(disk).length < 2; n += 1) {
    await journal.append(batchOf([entry(n)]));
    await new Promise(setImmediate);
  }
  const current = ['write journal-0000000001.segment', 'flush journal-0000000001.segment'];
  const others = operations.filter((operation) => !current.includes(operation));
  expect(others).toEqual([
    'create spare-2.segment',
    'write spare-2.segment',
    'flush spare-2.segment',
    'write spare-2.segment',
    'flush spare-2.segment',
    'rename journal-0000000002.segment',
    'flushFolder ',
    'write journal-0000000002.segment',
    'flush journal-0000000002.segment',
  ]);
  // Appends went on while it was made.
  expect(operations.indexOf('create spare-2.segment')).toBeLessThan(
    operations.lastIndexOf('flush journal-0000000001.segment'),
  );
});

test('a torn tail is gone for good before anything counts on the rest', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  await journal.append(batchOf([entry(1, 1, 8)]));
  let torn: SimulatedDisk | null = null;
  disk.before = ({ kind }) => {
    if (kind !== 'flush') return;
    torn ??= undisturbed(disk).afterPowerCut(
      keepSectorsByChance(chance(5, 'storage').fraction, 32),
    );
  };
  await journal.append(batchOf([entry(2), entry(3), entry(4)]));
  assert.ok(torn);
  const tail = (of: SimulatedDisk): Uint8Array =>
    of.contents(`${folder}/journal-0000000001.segment`).subarray(128);
  expect(tail(torn).some((byte) => byte !== 0)).toBe(true);
  await openOn(torn);
  const after = (torn as SimulatedDisk).afterPowerCut(keepNothing);
  expect(tail(after).every((byte) => byte === 0)).toBe(true);
});

test('an idle store writes one seal, and a busy one none', async () => {
  const disk = await newDisk();
  const clock = handClock();
  const journal = await openOn(disk, clock);
  let writes = 0;
  await journal.append(batchOf([entry(1)]));
  await journal.append(batchOf([entry(2)]));
  disk.before = ({ kind }) => void (writes += kind === 'write' ? 1 : 0);
  clock.ring();
  await new Promise(setImmediate);
  expect(writes, 'it had been busy since the alarm was set').toBe(0);
  for (let n = 0; n < 3; n += 1) {
    clock.ring();
    await new Promise(setImmediate);
  }
  expect(writes).toBe(1);
  await journal.append(batchOf([entry(3)]));
  expect((await heldBy(disk)).entries.length).toBe(3);
});

test('two appends at a time are a bug of the caller', async () => {
  const journal = await openOn(await newDisk());
  const first = journal.append(batchOf([entry(1)]));
  await assert.rejects(journal.append(batchOf([entry(2)])), { name: 'InvariantViolation' });
  await first;
  await assert.rejects(journal.append(batchOf([entry(3)])), { name: 'InvariantViolation' });
});

const arbitraryBatch = fc.record({
  term: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
  back: fc.integer({ min: -1, max: 4 }),
  sizes: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 6 }),
  next: fc.constantFrom('go on', 'rest', 'close', 'crash', 'power cut'),
});

test('whatever is appended, in whatever weather, the journal agrees with a plain list', async () => {
  const property = fc.asyncProperty(
    fc.array(arbitraryBatch, { maxLength: 40 }),
    fc.integer(),
    async (steps, seed) => {
      const random = chance(seed, 'storage').fraction;
      const clock = handClock();
      const batches: StoreBatch[] = [];
      let disk = await newDisk();
      let journal = await openOn(disk, clock);
      for (const { term, back, sizes, next } of steps) {
        const last = outcomeOf(batches).entries.at(-1)?.index ?? 0;
        const first = Math.max(1, last - Math.max(back, 0) + (back < 0 ? 1 : 0));
        const entries = sizes.map((size, n) => entry(first + n, term ?? 1, size));
        const batch = batchOf(entries, term === null ? null : voted(term, 'alpha'));
        await journal.append(batch);
        batches.push(batch);
        if (next === 'rest') {
          clock.ring();
          clock.ring();
        }
        if (next === 'close') await journal.close();
        if (next === 'power cut') disk = disk.afterPowerCut(keepSectorsByChance(random, 64));
        if (next !== 'go on' && next !== 'rest') {
          if (next === 'crash') disk = disk.afterProcessCrash();
          journal = await openOn(disk, clock);
          assert.equal(asText(journal.recovered), asText(outcomeOf(batches)));
        }
      }
      assert.equal(asText(await heldBy(disk)), asText(outcomeOf(batches)));
    },
  );
  await fc.assert(property, { seed: 2_026, numRuns: 300 });
});

test('an index may start anywhere in a store that holds nothing', async () => {
  const disk = await newDisk();
  await (await openOn(disk)).append(batchOf([entry(41), entry(42)]));
  const { entries } = await heldBy(disk);
  expect(entries.map(({ index }) => index)).toEqual([toIndex(41), toIndex(42)]);
});
