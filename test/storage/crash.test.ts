/**
 * The power fails at every moment of a short history, and every possible part of what was not
 * flushed is kept. What was acknowledged is always there afterwards.
 */
import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import {
  keepEverything,
  keepFirstBytes,
  keepNothing,
  keepSectorsByChance,
} from '../../runtime/storage/power-cut.ts';
import type { DiskOperation, SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { chance } from '../world/random.ts';
import {
  assertKept,
  assertWorksOn,
  heldBy,
  live,
  newDisk,
  openOn,
  story,
  undisturbed,
  type Progress,
} from './story.ts';

type Moment = Readonly<{ disk: SimulatedDisk; progress: Progress; operation: DiskOperation }>;

/** The disk before every single operation of the history, and once it is over. */
async function everyMoment(): Promise<readonly Moment[]> {
  const disk = await newDisk();
  const progress: Progress = { acknowledged: 0, asked: 0 };
  const moments: Moment[] = [];
  disk.before = (operation) => {
    moments.push({ disk: undisturbed(disk), progress: { ...progress }, operation });
  };
  assert.equal(await live(disk, progress), null);
  assert.equal(progress.acknowledged, story.length);
  await disk.before({ kind: 'list', path: '' });
  return moments;
}

const moments = await everyMoment();

test('the history meets every operation there is', () => {
  const kinds = new Set(moments.map(({ operation }) => operation.kind));
  expect([...kinds].toSorted()).toEqual([
    'create',
    'flush',
    'flushFolder',
    'list',
    'open',
    'read',
    'remove',
    'rename',
    'write',
  ]);
  const segments = moments.filter(({ operation }) => operation.kind === 'rename');
  expect(segments.length).toBeGreaterThan(3);
});

test('a process that dies at any moment loses nothing', async () => {
  for (const { disk, progress } of moments) {
    assertKept(await heldBy(disk), progress);
    await assertWorksOn(disk.afterProcessCrash());
  }
});

test('a power cut at any moment loses nothing that was acknowledged', async () => {
  for (const { disk, progress } of moments) {
    for (const cut of [keepNothing, keepEverything]) {
      const after = disk.afterPowerCut(cut);
      assertKept(await heldBy(after), progress);
      await assertWorksOn(after);
    }
  }
});

test('a write may be torn at any byte', async () => {
  for (const { disk, progress, operation } of moments) {
    // The bytes are the same until the next operation, so each is torn once, before its flush.
    if (operation.kind !== 'flush') continue;
    for (let kept = 0; kept <= disk.unflushedBytes(); kept += 1) {
      const after = disk.afterPowerCut(keepFirstBytes(kept, 'keepNames'));
      assertKept(await heldBy(after), progress);
      if (kept % 8 === 0) await assertWorksOn(after);
    }
  }
});

test('sectors and names may reach the disk in any order', async () => {
  const random = chance(20_261_122, 'storage').fraction;
  for (const { disk, progress } of moments) {
    for (const sectorBytes of [1, 8, 32, 64, 128, 512]) {
      for (let round = 0; round < 4; round += 1) {
        const after = disk.afterPowerCut(keepSectorsByChance(random, sectorBytes));
        assertKept(await heldBy(after), progress);
        await assertWorksOn(after);
      }
    }
  }
});

test('the power may fail again while the store is being opened, and again', async () => {
  const random = chance(7, 'storage').fraction;
  const cut = (disk: SimulatedDisk): SimulatedDisk =>
    disk.afterPowerCut(keepSectorsByChance(random, 32));
  for (const { disk, progress } of moments) {
    const second = cut(disk);
    const whileOpening: SimulatedDisk[] = [];
    second.before = () => void whileOpening.push(undisturbed(second));
    assertKept((await openOn(second)).recovered, progress);
    for (const interrupted of whileOpening) {
      const third = cut(interrupted);
      assertKept(await heldBy(third), progress);
      await assertWorksOn(third);
    }
  }
});

test('what an opened store has shown stays, although the process before had not flushed it', async () => {
  for (const { disk } of moments) {
    const next = undisturbed(disk);
    const { recovered } = await openOn(next);
    assert.deepEqual(await heldBy(next.afterPowerCut(keepNothing)), recovered);
  }
});
