/**
 * Bytes that had been flushed change behind the store's back. It notices, names the place, and
 * refuses; it never loses or alters what was acknowledged without a word.
 */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { OpenFile } from '../../runtime/storage/files.ts';
import { lastOfBatch } from '../../runtime/storage/record.ts';
import { scanSegment } from '../../runtime/storage/scan.ts';
import { decodeHeader, sequenceOf } from '../../runtime/storage/segment.ts';
import { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { handClock } from './hand-clock.ts';
import {
  asText,
  batchOf,
  entry,
  folder,
  heldBy,
  live,
  newDisk,
  openOn,
  outcomeAfter,
  story,
  undisturbed,
  voted,
} from './story.ts';

const segmentPath = (sequence: number): string =>
  `${folder}/journal-${String(sequence).padStart(10, '0')}.segment`;

async function lived(): Promise<SimulatedDisk> {
  const disk = await newDisk();
  assert.equal(await live(disk, { acknowledged: 0, asked: 0 }), null);
  return disk;
}

/** Where a segment's completed batches end. */
function endOfRecords(bytes: Uint8Array): number {
  const found = decodeHeader(bytes);
  assert.equal(found.found, 'header');
  return scanSegment(bytes, found.header, found.checksum).end;
}

/** Null where the store opens. */
const refusalOf = (disk: SimulatedDisk): Promise<QuorateError | null> =>
  heldBy(disk).then(
    () => null,
    (cause: unknown) => {
      assert.ok(cause instanceof QuorateError, String(cause));
      return cause;
    },
  );

async function damageFoundIn(disk: SimulatedDisk): Promise<QuorateError['detail']> {
  const refusal = await refusalOf(disk);
  assert.equal(refusal?.code, 'storage-corrupt', 'the damage was noticed');
  return refusal.detail;
}

const expected = asText(outcomeAfter(story.length));
const original = await lived();

test.each(original.paths())(
  'every single flipped bit in %s is noticed or harmless',
  async (path) => {
    const { length } = original.contents(path);
    const end = endOfRecords(original.contents(path));
    const disk = undisturbed(original);
    for (let offset = 0; offset < length; offset += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flip = (byte: number): number => byte ^ (1 << bit);
        disk.corrupt(path, offset, flip);
        if (offset >= end) {
          assert.equal(asText(await heldBy(disk)), expected);
        } else {
          const { file, index, offset: named } = await damageFoundIn(disk);
          assert.equal(file, path);
          assert.ok(Number(index) >= 1 && Number(index) <= 12, `index ${index}`);
          assert.ok(Number(named) <= offset, 'nothing before the named offset is damaged');
        }
        disk.corrupt(path, offset, flip);
      }
    }
  },
);

test('whole sectors that rot, are zeroed or go back in time are noticed', async () => {
  for (const path of original.paths()) {
    const bytes = original.contents(path);
    const end = endOfRecords(bytes);
    for (let offset = 0; offset < end; offset += 64) {
      for (const rot of [() => 0, () => 0xff, (byte: number) => byte ^ 0x55]) {
        const disk = undisturbed(original);
        disk.corrupt(path, offset, rot, Math.min(64, end - offset));
        assert.equal((await damageFoundIn(disk))['file'], path);
      }
    }
  }
});

test('the error names file, offset and index, and says what to do', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  for (let n = 1; n <= 3; n += 1) await journal.append(batchOf([entry(n, 1, 8)]));
  await journal.close();
  // A header of 64 bytes, then three records of 64.
  disk.corrupt(segmentPath(1), 64 + 64 + 40, (byte) => byte + 1);

  const refusal = await refusalOf(disk);
  expect(refusal?.code).toBe('storage-corrupt');
  expect(refusal?.detail).toEqual({ file: segmentPath(1), offset: 128, index: 2 });
  expect(refusal?.message).toContain(`${segmentPath(1)} is damaged at byte 128, log index 2`);
  expect(refusal?.message).toContain('how to repair it');
});

test('a damaged journal is left as it is', async () => {
  const disk = undisturbed(original);
  disk.corrupt(segmentPath(2), 100, (byte) => byte + 1);
  const asItWas = disk.paths().map((path) => [path, disk.contents(path)]);
  await assert.rejects(openOn(disk), { code: 'storage-corrupt' });
  expect(disk.paths().map((path) => [path, disk.contents(path)])).toEqual(asItWas);
});

test('a record in the place of another one of the same batch is noticed: they are chained', async () => {
  const stored = async (payloadByte: number): Promise<SimulatedDisk> => {
    const disk = await newDisk();
    const journal = await openOn(disk);
    const payload = new Uint8Array(8).fill(payloadByte);
    await journal.append(
      batchOf([
        { ...entry(1), payload },
        { ...entry(2), payload },
      ]),
    );
    await journal.append(batchOf([{ ...entry(3), payload }]));
    await journal.close();
    return disk;
  };
  const ours = await stored(1);
  const theirs = (await stored(2)).contents(segmentPath(1));
  ours.corrupt(segmentPath(1), 64 + 64, (_, at) => theirs[at] ?? 0, 64);
  expect(await damageFoundIn(ours)).toMatchObject({ offset: 128, index: 2 });
});

test.each(original.paths().slice(0, -1))('a lost %s is missed', async (path) => {
  const disk = undisturbed(original);
  await disk.remove(path);
  expect(await damageFoundIn(disk)).toMatchObject({ file: path, offset: 0 });
});

test('a segment that was cut short, or put in the place of another, is noticed', async () => {
  const short = undisturbed(original);
  await short.remove(segmentPath(2));
  const file = await short.create(segmentPath(2));
  await file.write(original.contents(segmentPath(2)).subarray(0, 300), 0);
  expect(await damageFoundIn(short)).toMatchObject({ file: segmentPath(2), offset: 300 });

  const misplaced = undisturbed(original);
  await misplaced.rename(segmentPath(1), segmentPath(2));
  await misplaced.rename(segmentPath(3), segmentPath(1));
  await assert.rejects(openOn(misplaced), { code: 'storage-corrupt' });
});

test('a segment of a later format is not touched', async () => {
  const disk = await newDisk();
  const bytes = original.contents(segmentPath(1));
  const view = new DataView(bytes.buffer);
  view.setUint32(12, 2, true);
  view.setUint32(8, crc32(bytes.subarray(12, 64)), true);
  await (await disk.create(segmentPath(1))).write(bytes, 0);
  await assert.rejects(openOn(disk), { code: 'storage-newer' });
});

/** A store of one record of each kind, some of whose bytes were changed before it was summed. */
async function forgedDisk(change: (view: DataView) => void): Promise<SimulatedDisk> {
  const disk = await newDisk();
  const journal = await openOn(disk);
  // A header of 64 bytes, then two records of 48 and 64 bytes.
  await journal.append(batchOf([entry(1, 1, 8)], voted(1, 'alpha')));
  const bytes = disk.contents(segmentPath(1));
  const view = new DataView(bytes.buffer);
  change(view);
  view.setUint32(8, crc32(bytes.subarray(12, 64)), true);
  let previous = view.getUint32(8, true);
  for (const at of [64, 112]) {
    const end = at + ((view.getUint32(at + 4, true) + 7) & ~7);
    view.setUint32(at + 8, previous, true);
    previous = crc32(bytes.subarray(at + 4, end), view.getUint32(20, true));
    view.setUint32(at, previous, true);
  }
  disk.corrupt(segmentPath(1), 0, (_, at) => bytes[at] ?? 0, bytes.length);
  return disk;
}

test('the forger leaves what he does not change as it was', async () => {
  expect(await refusalOf(await forgedDisk(() => {}))).toBeNull();
});

test.each<[string, (view: DataView) => void]>([
  ['an index of nothing', (view) => view.setFloat64(136, 0, true)],
  ['half an index', (view) => view.setFloat64(136, 1.5, true)],
  ['no number for an index', (view) => view.setFloat64(136, Number.NaN, true)],
  ['a negative term', (view) => view.setFloat64(144, -1, true)],
  ['no time', (view) => view.setFloat64(152, Number.NaN, true)],
  ['an unknown kind of entry', (view) => view.setUint32(164, 3, true)],
  ['an entry without room for one', (view) => view.setUint32(116, 24, true)],
  [
    'a hard state without room for one',
    (view) => {
      view.setUint32(68, 24, true);
      view.setUint8(64 + 23, lastOfBatch);
    },
  ],
  ['half a term', (view) => view.setFloat64(88, 1.5, true)],
  ['half a vote', (view) => view.setFloat64(96, 0.5, true)],
  ['no number of batches', (view) => view.setFloat64(32, Number.NaN, true)],
  ['a negative index before it', (view) => view.setFloat64(40, -1, true)],
])('%s, with a checksum that matches, is damage and no crash', async (_, change) => {
  await assert.rejects(openOn(await forgedDisk(change)), { code: 'storage-corrupt' });
});

test('a segment that claims to be huge is not read', async () => {
  class HugeDisk extends SimulatedDisk {
    override async open(path: string): Promise<OpenFile> {
      return { ...(await super.open(path)), size: async () => 2 ** 50 };
    }
  }
  const disk = new HugeDisk();
  await disk.makeFolder(folder);
  await (await disk.create(segmentPath(1))).write(original.contents(segmentPath(1)), 0);
  await assert.rejects(openOn(disk), { code: 'storage-corrupt' });
});

test('rot in the very last batch is noticed once the store has had a rest', async () => {
  const clock = handClock();
  const disk = await newDisk();
  const journal = await openOn(disk, clock);
  await journal.append(batchOf([entry(1, 1, 8)], voted(1, 'alpha')));
  const rot = (): SimulatedDisk => {
    const rotten = undisturbed(disk);
    rotten.corrupt(segmentPath(1), 70, (byte) => byte + 1);
    return rotten;
  };
  // Until then it cannot be told from a torn write of a batch that nobody was told about.
  expect(await refusalOf(rot())).toBeNull();
  clock.ring();
  await Promise.resolve();
  expect(await damageFoundIn(rot())).toMatchObject({ offset: 64, index: 1 });
});

test('a reopened store seals what it recovered', async () => {
  const clock = handClock();
  const disk = await newDisk();
  await (await openOn(disk)).append(batchOf([entry(1, 1, 8)]));
  const second = undisturbed(disk);
  await openOn(second, clock);
  clock.ring();
  await Promise.resolve();
  second.corrupt(segmentPath(1), 70, (byte) => byte + 1);
  expect(await damageFoundIn(second)).toMatchObject({ offset: 64, index: 1 });
});

test('a payload that imitates a later record proves nothing', async () => {
  // The forger knows the format and a journal of his own, but not the salt of ours.
  const forger = await newDisk();
  const theirs = await openOn(forger, { ...handClock(), seed: () => 8 });
  for (let n = 1; n <= 3; n += 1) await theirs.append(batchOf([entry(n, 1, 8)]));
  const forged = forger.contents(segmentPath(1)).slice(192, 256);

  const disk = await newDisk();
  const ours = await openOn(disk);
  await ours.append(batchOf([{ ...entry(1), payload: forged }]));
  disk.corrupt(segmentPath(1), 70, (byte) => byte + 1);
  expect(await refusalOf(disk)).toBeNull();
});

test('the segments of the history are numbered without gaps', () => {
  const sequences = original.paths().map((path) => sequenceOf(path.slice(folder.length + 1)));
  expect(sequences).toEqual(sequences.map((_, position) => position + 1));
  expect(sequences.length).toBeGreaterThan(3);
});
