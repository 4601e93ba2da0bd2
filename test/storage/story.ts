/**
 * A short history of a store that leaves nothing out: elections, entries, overwritten entries,
 * batches of one and of many, one that no usual segment holds, pauses; and what it comes to.
 */
import assert from 'node:assert/strict';
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { nodeId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { openJournal, type Journal } from '../../runtime/storage/journal.ts';
import type { Recovered, StoreBatch } from '../../runtime/storage/port.ts';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { handClock, type HandClock } from './hand-clock.ts';

export const folder = '/data';
export const segmentBytes = 512;

export const voted = (term: number, name: string | null): HardState => ({
  term: toTerm(term),
  votedFor: name === null ? null : nodeId(name),
});

export const entry = (index: number, term = 1, bytes = index % 11): Entry => ({
  index: toIndex(index),
  term: toTerm(term),
  kind: bytes === 0 ? 'noop' : 'command',
  timeMs: index + 0.5,
  seed: index * 1_000 + term,
  payload: Uint8Array.from({ length: bytes }, (_, at) => 1 + ((index + term + at) % 255)),
});

export const batchOf = (entries: readonly Entry[], hardState: HardState | null = null) => ({
  hardState,
  entries,
});

export const story: readonly StoreBatch[] = [
  batchOf([], voted(1, 'alpha')),
  batchOf([entry(1)]),
  batchOf([entry(2), entry(3), entry(4)]),
  batchOf([entry(5, 2), entry(6, 2)], voted(2, null)),
  batchOf([entry(7, 2, 33)]),
  batchOf([entry(6, 3), entry(7, 3)], voted(3, 'bravo')),
  batchOf([entry(8, 3), entry(9, 3), entry(9, 4), entry(10, 4)]),
  batchOf([entry(11, 4, 600)]),
  batchOf([entry(3, 5)], voted(5, 'alpha')),
  batchOf([entry(4, 5)]),
  batchOf([entry(5, 5), entry(6, 5), entry(7, 5)]),
  batchOf([entry(8, 5)], voted(5, 'alpha')),
];

/** After these batches the store has a rest, in which it seals. */
const restsAfter = new Set([1, 4, 8, 11]);

/** After these it is closed and opened again; after that one its process dies, and another opens. */
const reopensAfter = new Set([4, 9]);
const diesAfter = 6;

/** The obvious way to keep a log. */
export function outcomeOf(batches: readonly StoreBatch[]): Recovered {
  let hardState: HardState | null = null;
  let entries: Entry[] = [];
  for (const batch of batches) {
    hardState = batch.hardState ?? hardState;
    for (const added of batch.entries) {
      entries = [...entries.filter(({ index }) => index < added.index), added];
    }
  }
  return { hardState, entries };
}

export const outcomeAfter = (batches: number): Recovered => outcomeOf(story.slice(0, batches));

export async function newDisk(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await disk.makeFolder(folder);
  await disk.flushFolder('/');
  return disk;
}

export const openOn = (disk: SimulatedDisk, clock: HandClock = handClock()): Promise<Journal> =>
  openJournal({ files: disk, folder, clock, segmentBytes });

/** What there is on a disk, after a look that leaves the disk as it was. */
export async function heldBy(disk: SimulatedDisk): Promise<Recovered> {
  const { recovered } = await openOn(undisturbed(disk));
  return recovered;
}

export function undisturbed(disk: SimulatedDisk): SimulatedDisk {
  const copy = disk.afterProcessCrash();
  copy.before = () => {};
  copy.capacityBytes = Infinity;
  return copy;
}

export type Progress = { acknowledged: number; asked: number };

/** Lives through the story, or up to the first failure, which it returns. */
export async function live(disk: SimulatedDisk, progress: Progress): Promise<unknown> {
  const clock = handClock();
  try {
    let journal = await openOn(disk, clock);
    for (const [position, batch] of story.entries()) {
      progress.asked = position + 1;
      await journal.append(batch);
      progress.acknowledged = position + 1;
      if (restsAfter.has(position)) clock.ring();
      if (reopensAfter.has(position)) await journal.close();
      if (reopensAfter.has(position) || position === diesAfter) journal = await openOn(disk, clock);
    }
    await journal.close();
    return null;
  } catch (failure) {
    return failure;
  }
}

/** Compared as text: tens of thousands of times deepEqual takes too long. */
export const asText = ({ hardState, entries }: Recovered): string =>
  JSON.stringify([
    hardState,
    entries.map(({ payload, ...rest }) => [rest, Buffer.from(payload).toString('latin1')]),
  ]);

const outcomes = Array.from({ length: story.length + 1 }, (_, n) => asText(outcomeAfter(n)));

/** All that was acknowledged is there, unaltered, and nothing but what was asked for. */
export function assertKept(found: Recovered, { acknowledged, asked }: Progress): void {
  const text = asText(found);
  if (text === outcomes[acknowledged] || text === outcomes[asked]) return;
  assert.deepEqual(found, outcomeAfter(acknowledged));
}

/** The store takes one more batch, and has it after a power cut, as well as all it had. */
export async function assertWorksOn(disk: SimulatedDisk): Promise<void> {
  const journal = await openOn(disk);
  const { recovered } = journal;
  const next = batchOf([entry((recovered.entries.at(-1)?.index ?? 0) + 1, 9)], voted(9, 'carol'));
  const expected = asText({ ...next, entries: [...recovered.entries, ...next.entries] });
  await journal.append(next);
  assert.equal(asText(await heldBy(disk.afterPowerCut(keepNothing))), expected);
}
