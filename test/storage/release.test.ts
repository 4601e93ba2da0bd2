/** Segments that a snapshot has made superfluous are used again, and their old records never count. */
import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { toIndex } from '../../machines/protocol/ids.ts';
import { findRecord } from '../../runtime/storage/record.ts';
import { scanSegment } from '../../runtime/storage/scan.ts';
import { decodeHeader, type SegmentHeader } from '../../runtime/storage/segment.ts';
import { keepNothing, keepSectorsByChance } from '../../runtime/storage/power-cut.ts';
import type { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { chance } from '../world/random.ts';
import {
  assertWorksOn,
  batchOf,
  entry,
  folder,
  heldBy,
  newDisk,
  openOn,
  undisturbed,
  voted,
} from './story.ts';

/** All records of these are of one length, so that old and new ones stand at the same places. */
const like = (index: number) => entry(index, 1, 16);

const segmentsOn = (disk: SimulatedDisk): readonly string[] =>
  disk
    .paths()
    .filter((path) => path.includes('journal'))
    .toSorted();

test('whole segments of released entries go; hard state and all later entries stay', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  await journal.append(batchOf([like(1)], voted(3, 'bravo')));
  for (let n = 2; n <= 20; n += 1) await journal.append(batchOf([like(n)]));
  const segmentsBefore = segmentsOn(disk).length;
  await journal.releaseThrough(toIndex(14));
  expect(segmentsOn(disk).length).toBeLessThan(segmentsBefore);

  const { hardState, entries } = await heldBy(disk.afterPowerCut(keepNothing));
  expect(hardState).toEqual(voted(3, 'bravo'));
  const first = entries[0]?.index ?? 0;
  expect(first).toBeGreaterThan(5);
  expect(first).toBeLessThanOrEqual(15);
  expect(entries).toEqual(Array.from({ length: 21 - first }, (_, n) => like(first + n)));
});

test('nothing goes while one entry of the first segment is needed', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  for (let n = 1; n <= 20; n += 1) await journal.append(batchOf([like(n)]));
  const before = disk.paths();
  await journal.releaseThrough(toIndex(1));
  expect(disk.paths()).toEqual(before);
});

test('everything may go, and the log goes on where it was', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  for (let n = 1; n <= 20; n += 1) await journal.append(batchOf([like(n)]));
  await journal.releaseThrough(toIndex(20));
  await journal.append(batchOf([like(21)]));
  const { entries } = await heldBy(disk);
  expect(entries.at(-1)).toEqual(like(21));
  await journal.close();
  const reopened = await openOn(disk);
  await reopened.append(batchOf([like(22)]));
  await assert.rejects(reopened.append(batchOf([like(24)])), { name: 'InvariantViolation' });
});

test('a released segment is not missed, the first of the others is', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  for (let n = 1; n <= 20; n += 1) await journal.append(batchOf([like(n)]));
  await journal.releaseThrough(toIndex(14));
  const [first] = disk
    .paths()
    .filter((path) => path.includes('journal'))
    .toSorted();
  assert.ok(first);
  expect(first).not.toBe(`${folder}/journal-0000000001.segment`);
  await heldBy(disk);
  const robbed = undisturbed(disk);
  await robbed.remove(first);
  await assert.rejects(heldBy(robbed), {
    code: 'storage-corrupt',
    detail: { file: first, offset: 0, index: 1 },
  });
});

type Moment = Readonly<{ disk: SimulatedDisk; acknowledged: number; released: number }>;

/** Appends and releases in turn, so that every segment but the first ones is a recycled one. */
async function everyMoment(): Promise<readonly Moment[]> {
  const disk = await newDisk();
  const journal = await openOn(disk);
  const moments: Moment[] = [];
  let acknowledged = 0;
  let released = 0;
  disk.before = () => void moments.push({ disk: undisturbed(disk), acknowledged, released });
  while (acknowledged < 40) {
    const next = acknowledged + 1;
    await journal.append(batchOf([like(next)], next % 5 === 1 ? voted(next, 'alpha') : null));
    acknowledged = next;
    if (acknowledged % 8 !== 0) continue;
    released = acknowledged - 3;
    await journal.releaseThrough(toIndex(released));
  }
  await journal.close();
  return moments;
}

test('the power may fail at any moment of recycling', async () => {
  const random = chance(34, 'storage').fraction;
  for (const { disk, acknowledged, released } of await everyMoment()) {
    for (let round = 0; round < 8; round += 1) {
      const cut = round === 0 ? keepNothing : keepSectorsByChance(random, round < 4 ? 32 : 512);
      const after = disk.afterPowerCut(cut);
      const { hardState, entries } = await heldBy(after);
      const first = entries[0]?.index ?? acknowledged + 1;
      const last = entries.at(-1)?.index ?? acknowledged;
      assert.ok(first <= released + 1, `from ${first} on, and ${released} were released`);
      assert.ok(last === acknowledged || last === acknowledged + 1);
      assert.deepEqual(
        entries,
        Array.from({ length: last - first + 1 }, (_, n) => like(first + n)),
      );
      const term = last === 0 ? null : last - ((last - 1) % 5);
      assert.equal(hardState?.term ?? null, term);
      await assertWorksOn(after);
    }
  }
});

test('recycled files are used again, stale records and all', async () => {
  let withStaleRecords = 0;
  for (const { disk, acknowledged } of await everyMoment()) {
    const current = segmentsOn(disk).at(-1);
    if (!current) continue;
    const bytes = disk.contents(current);
    const found = decodeHeader(bytes);
    assert.equal(found.found, 'header');
    const { header, checksum } = found;
    const { end } = scanSegment(bytes, header, checksum);
    const stale = findStaleRecord(bytes, end, header);
    if (!stale) continue;
    withStaleRecords += 1;
    const { entries } = await heldBy(disk);
    assert.ok((entries.at(-1)?.index ?? acknowledged) >= acknowledged);
  }
  expect(withStaleRecords).toBeGreaterThan(20);
});

/** A whole record, as its earlier segment would have it, beyond the end of the later one. */
function findStaleRecord(bytes: Uint8Array, end: number, { sequence, salt }: SegmentHeader) {
  const view = new DataView(bytes.buffer);
  for (let at = end; at < bytes.length; at += 8) {
    for (let earlier = 1; earlier < sequence; earlier += 1) {
      if (findRecord(bytes, view, at, earlier, salt)) return true;
    }
  }
  return false;
}
