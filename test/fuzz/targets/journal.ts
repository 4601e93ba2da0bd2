/**
 * Whole journals, with any damage: openJournal. The input is a list of edits, made to the files
 * of a disk that lived through the story of the storage tests (see journal-edits.ts).
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { openJournal, type Journal } from '../../../runtime/storage/journal.ts';
import type { Recovered } from '../../../runtime/storage/port.ts';
import { SimulatedDisk } from '../../../runtime/storage/simulated-disk.ts';
import { handClock } from '../../storage/hand-clock.ts';
import {
  assertWorksOn,
  asText,
  folder,
  live,
  newDisk,
  outcomeAfter,
  segmentBytes,
  story,
} from '../../storage/story.ts';
import { editBytes, editCount, edited, type Folder } from '../journal-edits.ts';
import type { OpenTarget, Target } from '../target.ts';

const allowed = new Set(
  Array.from({ length: story.length + 1 }, (_, n) => asText(outcomeAfter(n))),
);

const contentsOf = (disk: SimulatedDisk): Folder =>
  new Map(disk.paths().map((path) => [path, disk.contents(path)]));

/** The folder before every change of the disk, and at the end. */
async function moments(): Promise<readonly Folder[]> {
  const seen: Folder[] = [];
  const disk = await newDisk();
  disk.before = ({ kind }) => {
    if (kind === 'flush') seen.push(contentsOf(disk));
  };
  assert.equal(await live(disk, { acknowledged: 0, asked: 0 }), null);
  return [...seen, contentsOf(disk)];
}

async function diskWith(files: Folder): Promise<SimulatedDisk> {
  const disk = await newDisk();
  for (const [path, content] of files) {
    const file = await disk.create(path);
    await file.write(content, 0);
    await file.flush();
  }
  await disk.flushFolder(folder);
  return disk;
}

async function opened(disk: SimulatedDisk): Promise<Journal | QuorateError> {
  try {
    return await openJournal({ files: disk, folder, clock: handClock(), segmentBytes });
  } catch (cause) {
    if (cause instanceof QuorateError) return cause;
    throw cause;
  }
}

/** What a log may be at all, whoever wrote it. */
function assertLog({ hardState, entries }: Recovered): void {
  if (hardState !== null) {
    assert.ok(Number.isSafeInteger(hardState.term) && hardState.term >= 0);
  }
  const first = entries[0]?.index ?? 1;
  assert.ok(Number.isSafeInteger(first) && first > 0);
  for (const [place, { index, term, kind, timeMs }] of entries.entries()) {
    assert.equal(index, first + place, 'there are no gaps');
    assert.ok(Number.isSafeInteger(term) && term >= 0);
    assert.match(kind, /^(noop|command|configuration)$/);
    assert.ok(!Number.isNaN(timeMs));
  }
}

async function open(): Promise<OpenTarget> {
  const past = await moments();
  const check = async (input: Uint8Array): Promise<void> => {
    const { files, isForged } = edited(past, input);
    const disk = await diskWith(files);
    const journal = await opened(disk);
    if (journal instanceof QuorateError) {
      assert.match(journal.code, /^storage-(corrupt|newer)$/, journal.message);
      assert.deepEqual(contentsOf(disk), files, 'a journal that is refused is left as it was');
      return;
    }
    // Checksums keep out what was not written so; what they cannot keep out is at least a log.
    assertLog(journal.recovered);
    if (!isForged) {
      assert.ok(allowed.has(asText(journal.recovered)), 'all up to some batch, and nothing else');
    }
    await journal.close();
    await assertWorksOn(disk);
  };
  return { check, close: async () => {} };
}

const byte = fc.nat({ max: 255 });
const edit = fc
  .tuple(
    fc.nat({ max: editCount - 1 }),
    fc.array(byte, { minLength: editBytes - 1, maxLength: editBytes - 1 }),
  )
  .map(([kind, operands]) => [kind, ...operands]);

export const journal: Target = {
  name: 'journal',
  claim:
    'A damaged journal is refused with a code, or gives what had been written up to some batch, and goes on from there',
  grammar: fc
    .oneof(
      edit.map((one) => [one]),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
    )
    .map((edits) => Uint8Array.from(edits.flat())),
  words: [],
  runsInTests: 600,
  open,
};
