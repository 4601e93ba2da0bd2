/** Writes fail, flushes fail, the disk is full or slow: the store says so and promises nothing. */
import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import {
  diskError,
  type DiskOperation,
  type SimulatedDisk,
} from '../../runtime/storage/simulated-disk.ts';
import { handClock } from './hand-clock.ts';
import {
  assertKept,
  assertWorksOn,
  batchOf,
  entry,
  folder,
  heldBy,
  live,
  newDisk,
  openOn,
  story,
  undisturbed,
  type Progress,
} from './story.ts';

/** Whoever waits for it goes on once it is opened. */
function closedGate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const changes = new Set(['create', 'write', 'flush', 'rename', 'remove', 'flushFolder']);

/** Lives through the story; the operation with this number, of those that change things, fails. */
async function liveWithFailure(
  number: number,
  code: string,
): Promise<{ disk: SimulatedDisk; progress: Progress; failure: unknown; failed: boolean }> {
  const disk = await newDisk();
  const progress = { acknowledged: 0, asked: 0 };
  let count = 0;
  disk.before = ({ kind }) => {
    if (!changes.has(kind)) return;
    count += 1;
    if (count === number) throw diskError(code);
  };
  const failure = await live(disk, progress);
  return { disk, progress, failure, failed: count >= number };
}

test.each([
  ['ENOSPC', 'storage-full'],
  ['EIO', 'storage-failed'],
  ['EROFS', 'storage-unwritable'],
])(
  '%s at any operation: nothing acknowledged is lost, and a restart helps',
  async (code, fault) => {
    for (let number = 1; ; number += 1) {
      const { disk, progress, failure, failed } = await liveWithFailure(number, code);
      if (!failed) break;
      if (failure) {
        assert.ok(failure instanceof QuorateError, `no cause is given: ${typeof failure}`);
        assert.equal(failure.code, fault);
        assert.match(failure.message, /^cannot .*\. .*\.$/);
      }
      assertKept(await heldBy(disk), progress);
      assertKept(await heldBy(disk.afterPowerCut(keepNothing)), progress);
      await assertWorksOn(undisturbed(disk));
    }
  },
);

test('a disk may be full at any size, and goes on when there is space again', async () => {
  for (let capacity = 0; capacity < 4_000; capacity += 37) {
    const disk = await newDisk();
    disk.capacityBytes = capacity;
    const progress = { acknowledged: 0, asked: 0 };
    const failure = await live(disk, progress);
    if (failure) assert.equal((failure as QuorateError).code, 'storage-full');
    disk.capacityBytes = Infinity;
    assertKept(await heldBy(disk), progress);
    await assertWorksOn(disk.afterPowerCut(keepNothing));
  }
});

test('a disk that is only full while the spare is made does not stop the store', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  let refusals = 0;
  disk.before = ({ kind, path }) => {
    if (kind !== 'write' || !path.includes('spare') || refusals > 0) return;
    refusals += 1;
    throw diskError('ENOSPC');
  };
  for (let n = 1; n <= 20; n += 1) await journal.append(batchOf([entry(n)]));
  expect(refusals).toBe(1);
  expect((await heldBy(disk)).entries.length).toBe(20);
});

test('after a failed flush the store refuses for ever, and touches the disk no more', async () => {
  const disk = await newDisk();
  const clock = handClock();
  const journal = await openOn(disk, clock);
  await journal.append(batchOf([entry(1)]));

  const operations: DiskOperation[] = [];
  let isFailing = true;
  disk.before = (operation) => {
    operations.push(operation);
    if (isFailing && operation.kind === 'flush') throw diskError('EIO');
  };
  await assert.rejects(journal.append(batchOf([entry(2)])), { code: 'storage-failed' });
  isFailing = false;
  operations.length = 0;
  await assert.rejects(journal.append(batchOf([entry(2)])), { code: 'storage-failed' });
  await assert.rejects(journal.append(batchOf([])), { code: 'storage-failed' });
  clock.ring();
  await journal.close();
  expect(operations).toEqual([]);
});

test('a seal that cannot be written stops the store, too', async () => {
  const disk = await newDisk();
  const clock = handClock();
  const journal = await openOn(disk, clock);
  await journal.append(batchOf([entry(1)]));
  disk.before = ({ kind }) => {
    if (kind === 'write') throw diskError('EIO');
  };
  clock.ring();
  disk.before = () => {};
  await assert.rejects(journal.append(batchOf([entry(2)])), { code: 'storage-failed' });
});

test('what a failed flush left in the page cache is written anew before it counts', async () => {
  for (let number = 1; ; number += 1) {
    const disk = await newDisk();
    const progress = { acknowledged: 0, asked: 0 };
    let flushes = 0;
    disk.before = ({ kind }) => {
      if (kind !== 'flush') return;
      flushes += 1;
      if (flushes === number) throw diskError('EIO');
    };
    await live(disk, progress);
    if (flushes < number) break;

    // The process starts again. The cache has everything, and believes that all of it is clean.
    const next = undisturbed(disk);
    const { recovered } = await openOn(next);
    assertKept(recovered, progress);
    assert.deepEqual(await heldBy(next.afterPowerCut(keepNothing)), recovered);
  }
});

test('an append waits for a slow flush, and the seal for a slow append', async () => {
  const disk = await newDisk();
  const clock = handClock();
  const journal = await openOn(disk, clock);
  await journal.append(batchOf([entry(1)]));

  const gate = closedGate();
  const operations: string[] = [];
  disk.before = async ({ kind }) => {
    operations.push(kind);
    if (kind === 'flush') await gate.opened;
  };
  let isAcknowledged = false;
  const appended = journal.append(batchOf([entry(2)])).then(() => (isAcknowledged = true));
  await new Promise(setImmediate);
  clock.ring();
  await new Promise(setImmediate);
  expect(isAcknowledged).toBe(false);
  expect(operations).toEqual(['write', 'flush']);
  gate.open();
  await appended;
});

test('an append waits for the seal under way: its flush has to cover it', async () => {
  const disk = await newDisk();
  const clock = handClock();
  const journal = await openOn(disk, clock);
  await journal.append(batchOf([entry(1)]));

  const gate = closedGate();
  const operations: string[] = [];
  disk.before = async ({ kind }) => {
    operations.push(kind);
    if (operations.length === 1) await gate.opened;
  };
  clock.ring();
  const appended = journal.append(batchOf([entry(2)]));
  await new Promise(setImmediate);
  expect(operations).toEqual(['write']);
  gate.open();
  await appended;
  expect(operations).toEqual(['write', 'write', 'flush']);
});

test('closing waits for the append under way, and seals behind it', async () => {
  const disk = await newDisk();
  const journal = await openOn(disk);
  const appended = journal.append(batchOf([entry(1, 1, 8)]));
  const closed = journal.close();
  await assert.rejects(journal.append(batchOf([entry(2)])), Error);
  await Promise.all([appended, closed]);

  const after = disk.afterPowerCut(keepNothing);
  after.corrupt(`${folder}/journal-0000000001.segment`, 70, (byte) => byte + 1);
  await assert.rejects(heldBy(after), { code: 'storage-corrupt' });
});

test('the story is long enough to fail at many places', () => {
  expect(story.length).toBeGreaterThan(10);
});
