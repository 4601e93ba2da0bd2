/**
 * What stands around the entries: names, headers, the node's identity, the list of its machines.
 * One whole node, as it starts, writes through several segments and starts again, with the
 * power or the process lost before every single operation that it asks of its disk.
 */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import {
  keepEverything,
  keepNothing,
  keepSectorsByChance,
} from '../../runtime/storage/power-cut.ts';
import { SimulatedDisk, type DiskOperation } from '../../runtime/storage/simulated-disk.ts';
import { chance } from '../world/random.ts';
import { folder, live, type Told } from './one-node.ts';

type Moment = Readonly<{ disk: SimulatedDisk; told: Told; operation: DiskOperation }>;

const eachLife = 8;

/** The disk before every operation of so many lives. */
async function everyMoment(first: SimulatedDisk, lives: number): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  const told: Told = { asked: 0, committed: 0 };
  let disk = first;
  for (let nth = 0; nth < lives; nth += 1) {
    const now = disk;
    now.before = (operation) => {
      const copy = now.afterProcessCrash();
      copy.before = () => {};
      moments.push({ disk: copy, told: { ...told }, operation });
    };
    await live(now, told, eachLife);
    now.before = () => new Promise(() => {});
    disk = now.afterProcessCrash();
  }
  assert.equal(told.committed, lives * eachLife);
  return moments;
}

/** Lost at that moment in each way there is, the node comes back, serves, and what it shows stays. */
async function surviveAll(moments: readonly Moment[]): Promise<void> {
  const random = chance(29, 'power').fraction;
  const byChance = keepSectorsByChance(random, 512);
  for (const { disk, told, operation } of moments) {
    const ways = [keepNothing, keepEverything, byChance].map((cut) => disk.afterPowerCut(cut));
    for (const after of [disk.afterProcessCrash(), ...ways]) {
      const next = { ...told };
      const where = `${operation.kind} ${operation.path}, ${told.asked} asked`;
      const count = await live(after, next, 1);
      assert.equal(next.committed, told.committed + 1, `${where}: it serves`);
      // What was under way may have happened, and may not.
      assert.ok(count >= told.committed + 1, `${where}: ${count} of ${told.committed} + 1`);
      assert.ok(count <= told.asked + 1, `${where}: ${count} of ${told.asked} + 1`);
      const again = await live(after.afterPowerCut(keepNothing), next, 1);
      assert.equal(again, count + 1, `${where}: what was shown is still there`);
    }
  }
}

const kindsOf = (moments: readonly Moment[]): ReadonlySet<string> =>
  new Set(moments.map(({ operation }) => operation.kind));

// Catches: a name that is not flushed with its folder, a rename before the flush of what it names,
// a file that is written in place, an answer that rests on what only the page cache holds.
test(
  '#29 Metadata is data: cut at every system call a node comes back with all it acknowledged, and takes more (OSDI 2014, etcd 6378)',
  { timeout: 120_000 },
  async () => {
    const disk = new SimulatedDisk();
    await disk.makeFolder(folder);
    await disk.flushFolder('/');
    const moments = await everyMoment(disk, 2);
    const kinds = kindsOf(moments);
    for (const kind of ['create', 'write', 'flush', 'rename', 'flushFolder']) {
      assert.ok(kinds.has(kind), kind);
    }
    const renamed = moments.filter(({ operation }) => operation.kind === 'rename');
    assert.ok(renamed.length >= 2 + 3, 'two small files, and segment after segment');
    await surviveAll(moments);
  },
);

// Catches: a folder that a start before made, and whose own name nobody flushed since.
test('#29 Metadata is data: cut while its folder is made, a node loses nothing later (OSDI 2014)', async () => {
  const moments = await everyMoment(new SimulatedDisk(), 1);
  const beforeTheJournal = moments.filter(({ told }) => told.asked === 0);
  assert.ok(kindsOf(beforeTheJournal).has('makeFolder'));
  await surviveAll(beforeTheJournal);
});
