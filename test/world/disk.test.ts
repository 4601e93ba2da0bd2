/** The disk that storms are made of: whatever it is asked for can be cut short, fail, and take its time. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { QuorateError } from '../../machines/protocol/errors.ts';
import { keepEverything, keepNothing } from '../../runtime/storage/power-cut.ts';
import type { DiskOperation } from '../../runtime/storage/simulated-disk.ts';
import { countAt } from '../scenarios/count-at.ts';
import type { Crash, NodeDisk } from './disk.ts';
import { chance, type Chance } from './random.ts';
import { World } from './world.ts';

type Kind = DiskOperation['kind'];
type Start = Readonly<{ world: World; disk: NodeDisk; committed: number }>;

const segmentBytes = 4 * 1024;
const crashes: readonly Crash[] = ['process', keepNothing, keepEverything];
/** What a node asks for when it starts; on an empty disk, and on one that it has used. */
const askedFor = {
  empty: ['list', 'create', 'write', 'flush', 'rename', 'flushFolder'],
  used: ['list', 'remove', 'open', 'read', 'write', 'flush', 'flushFolder'],
} as const satisfies Record<string, readonly Kind[]>;
const needRoom: readonly Kind[] = ['create', 'write'];

/** A node alone, that is down. A used disk has several segments, a spare, and a batch cut short. */
async function asleep(what: keyof typeof askedFor): Promise<Start> {
  const world = new World({ nodes: 1, segmentBytes });
  const disk = world.disk('a');
  if (what === 'empty') return { world, disk, committed: 0 };
  await world.start();
  await world.settle();
  disk.intercept = (_, { kind }) => {
    if (kind !== 'flush' || committedIn(world) < 80) return false;
    world.crashSoon('a', keepEverything);
    return true;
  };
  while (world.isUp('a')) {
    world.propose('a');
    await world.run(5);
  }
  disk.intercept = () => false;
  return { world, disk, committed: committedIn(world) };
}

async function bootFor(world: World, ms: number): Promise<void> {
  world.after(0, () => world.boot('a'));
  await world.run(ms);
}

const committedIn = ({ asked }: World): number =>
  asked.filter(({ outcome }) => outcome?.end === 'committed').length;

/** It comes up, with all that was acknowledged, and takes more. (The disk itself compares.) */
async function assertComesUp({ world, committed }: Start, where: string): Promise<void> {
  if (!world.isRunning('a')) world.boot('a');
  await world.runUntil(() => world.isUp('a'), 5_000);
  await world.settle();
  const found = countAt(world, 'a') ?? 0;
  assert.ok(found >= committed && found <= world.asked.length, `${where}: it counts ${found}`);
  const asking = world.propose('a');
  await world.run(100);
  assert.equal(asking.outcome?.end, 'committed', where);
  assert.equal(countAt(world, 'a'), found + 1, where);
}

/** Sees what it takes to come up, and not what is begun meanwhile: the making of a spare. */
function watchStart({ world, disk, committed }: Start, met: (kind: Kind) => boolean): void {
  let isUp = false;
  world.onUp = () => (isUp = true);
  disk.intercept = (_, { kind, path }) => {
    const isSpare = committed > 0 && kind !== 'remove' && path.includes('spare');
    return !isUp && !isSpare && met(kind);
  };
}

/** Starts it once for each operation that a start takes, and strikes at that one. */
async function atEachOperation(
  what: keyof typeof askedFor,
  strike: (start: Start, kind: Kind) => boolean,
  after: (start: Start, kind: Kind) => Promise<void>,
): Promise<void> {
  const struck = new Set<Kind>();
  for (let nth = 1; ; nth += 1) {
    const start = await asleep(what);
    const { world, disk } = start;
    const met: Kind[] = [];
    watchStart(start, (kind) => met.push(kind) === nth && strike(start, kind));
    await bootFor(world, 50);
    disk.intercept = () => false;
    const kind = met[nth - 1];
    if (kind === undefined) break;
    struck.add(kind);
    await after(start, kind);
    await assertComesUp(start, `${nth}: ${kind}`);
  }
  assert.deepEqual([...struck].toSorted(), [...askedFor[what]].toSorted());
}

for (const what of ['empty', 'used'] as const) {
  test(`a node may be killed before any single operation of its start, on a disk that is ${what}`, async () => {
    for (const how of crashes) {
      await atEachOperation(
        what,
        ({ world }) => {
          world.crashSoon('a', how);
          return true;
        },
        async ({ world }) => assert.ok(!world.isRunning('a')),
      );
    }
  });

  test.each(['EIO', 'ENOSPC'])(
    `a node refuses to start, and says why, when any single operation fails with %s, on a disk that is ${what}`,
    async (code) => {
      await atEachOperation(
        what,
        ({ disk }, struck) => {
          // This once.
          disk.failure = ({ kind }) => {
            assert.equal(kind, struck);
            disk.failure = () => null;
            return code;
          };
          return false;
        },
        async ({ world }, kind) => {
          // What needs no room does not want for it.
          const fails = code === 'EIO' || needRoom.includes(kind);
          assert.equal(world.isUp('a'), !fails, kind);
          assert.equal(world.faults.length, fails ? 1 : 0);
          const cause = world.faults[0]?.cause as QuorateError | undefined;
          assert.equal(cause?.code, fails ? codes[code] : undefined);
          assert.equal(cause?.detail.systemCode, fails ? code : undefined);
        },
      );
    },
  );

  test(`a start waits for whatever hangs, on a disk that is ${what}`, async () => {
    await atEachOperation(
      what,
      ({ disk }) => {
        disk.isHeld = true;
        return false;
      },
      async ({ world, disk }, kind) => {
        // The page cache takes a write, and then something else hangs.
        assert.ok(!world.isUp('a') && world.isRunning('a'), kind);
        disk.release();
      },
    );
  });
}

const codes: Readonly<Record<string, string>> = { EIO: 'storage-failed', ENOSPC: 'storage-full' };

test('on a slow disk all takes its time, but what the page cache takes', async () => {
  for (const what of ['empty', 'used'] as const) {
    const start = await asleep(what);
    const { world, disk } = start;
    const kinds: Kind[] = [];
    watchStart(start, (kind) => kinds.push(kind) < 0);
    disk.slowMs = 100;
    const startedMs = world.nowMs;
    world.boot('a');
    await world.runUntil(() => world.isUp('a'), 10_000);
    const took = { write: 0, flush: 100, flushFolder: 100 } as Partial<Record<Kind, number>>;
    const expectedMs = kinds.reduce((sum, kind) => sum + (took[kind] ?? 10), 0);
    assert.ok(expectedMs > 300);
    assert.equal(Math.round(world.nowMs - startedMs), expectedMs);
  }
});

// Catches: a segment that is begun although its name is not safe; a failure behind everybody's back.
test.each(['create', 'write', 'flush', 'rename', 'flushFolder'] as const)(
  'a leader whose disk fails at a single kind of thing falls silent when it asks for that: %s',
  async (failing) => {
    const world = new World({ segmentBytes });
    await world.start();
    const leader = await world.settle();
    world.disk(leader).failure = ({ kind }) => (kind === failing ? 'EIO' : null);
    for (let n = 0; n < 200; n += 1) {
      for (const node of world.members) world.propose(node);
      await world.run(10);
    }
    assert.ok(!world.isUp(leader));
    assert.deepEqual(
      world.faults.map(({ node, cause }) => [node, (cause as QuorateError).code]),
      [[leader, 'storage-failed']],
    );
    world.disk(leader).failure = () => null;
    await world.calmDown();
    const committed = committedIn(world);
    assert.ok(committed > 300, `${committed} of ${world.asked.length}`);
    for (const node of world.members) assert.ok((countAt(world, node) ?? 0) >= committed);
  },
);

/** The youngest of what may rot. */
const youngest: Chance = {
  ...chance(1, 'rot'),
  happens: () => false,
  integer: (_, high) => high,
  pick(items) {
    const item = items.at(-1);
    assert.ok(item !== undefined);
    return item;
  },
};

/** Works until that operation, in place of which a bit rots and it crashes. Null: it never came to that. */
async function workUntilRot(nth: number, how: Crash, dice: Chance) {
  const world = new World({ nodes: 1, segmentBytes });
  const disk = world.disk('a');
  let hasRotted: boolean | null = null;
  disk.intercept = (number) => {
    if (number !== nth) return false;
    hasRotted = disk.rot(dice);
    world.crashSoon('a', how);
    return true;
  };
  await world.start();
  for (let n = 0; n < 60 && world.isUp('a'); n += 1) {
    world.propose('a');
    await world.run(n % 10 === 0 ? 80 : 5);
  }
  return { world, disk, hasRotted: hasRotted as boolean | null };
}

// Catches: rot that the disk lets strike where nobody could tell it from a torn write; rot that is
// read as the log, or taken for the end of it.
test.each([
  ['the youngest that may', youngest],
  ['any', chance(2, 'rot')],
])(
  'rot may strike at any moment, %s: it is noticed, or it changes nothing',
  { timeout: 60_000 },
  async (_, dice) => {
    let noticed = 0;
    for (let nth = 1; ; nth += 1) {
      // Each moment has one way to end in, and those next to it have the others.
      const how = crashes[nth % crashes.length] ?? 'process';
      const { world, disk, hasRotted } = await workUntilRot(nth, how, dice);
      if (hasRotted === null) break;
      if (!hasRotted) continue;
      // The power fails once more, before or while the process has a look.
      let left = nth % 5;
      disk.intercept = () => {
        left -= 1;
        if (left === -1) world.crashSoon('a', keepNothing);
        return left === -1;
      };
      await bootFor(world, 50);
      disk.intercept = () => false;
      await bootFor(world, 50);
      if (world.isUp('a')) continue;
      noticed += 1;
      const cause = world.faults.at(-1)?.cause as QuorateError | undefined;
      assert.equal(cause?.code, 'storage-corrupt');
    }
    assert.ok(noticed > 40, `noticed ${noticed} times`);
  },
);
