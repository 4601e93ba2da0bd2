/** Whose folder it is, and that a refusal changes nothing in it. */
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeId } from '../../machines/protocol/ids.ts';
import { QuorateError, type FaultCode } from '../../machines/protocol/errors.ts';
import { openDataFolder } from '../../runtime/storage/data-folder.ts';
import { openJournalStorage } from '../../runtime/storage/journal-storage.ts';
import { keepNothing, keepSectorsByChance } from '../../runtime/storage/power-cut.ts';
import { realFiles } from '../../runtime/storage/real-files.ts';
import { diskError, SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { handClock } from './hand-clock.ts';
import { chance } from '../world/random.ts';
import { batchOf, entry, undisturbed, voted } from './story.ts';

const parent = mkdtempSync(join(tmpdir(), 'quorate-folder-'));
afterAll(() => rmSync(parent, { recursive: true }));

const alpha = { cluster: 'orders', node: nodeId('alpha') };
let count = 0;
const newPath = (): string => join(parent, `${(count += 1)}`);

const contentsOf = (folder: string): readonly (readonly [string, string])[] =>
  readdirSync(folder, { withFileTypes: true }).map((file) => [
    file.name,
    file.isFile() ? readFileSync(join(folder, file.name), 'latin1') : '',
  ]);

async function madeBy(owner: typeof alpha, format = 1): Promise<string> {
  const path = newPath();
  await (await openDataFolder({ files: realFiles, path, ...owner, format })).release();
  return path;
}

async function assertRefused(path: string, code: FaultCode, ...words: string[]): Promise<void> {
  const before = contentsOf(path);
  const opening = openJournalStorage({ path, ...alpha, clock: handClock(), segmentBytes: 4_096 });
  await assert.rejects(opening, (refusal) => {
    assert.ok(refusal instanceof QuorateError);
    assert.equal(refusal.code, code);
    for (const word of [path, ...words]) assert.ok(refusal.message.includes(word), refusal.message);
    return true;
  });
  expect(contentsOf(path)).toEqual(before);
}

test('a folder is made where there is none, and is the node’s from then on', async () => {
  const path = join(newPath(), 'a/b');
  await (await openDataFolder({ files: realFiles, path, ...alpha })).release();
  expect(JSON.parse(readFileSync(join(path, 'identity.json'), 'utf8'))).toEqual({
    format: 1,
    ...alpha,
  });
  await (await openDataFolder({ files: realFiles, path, ...alpha })).release();
});

test('an empty folder is taken, and so is a new volume', async () => {
  const path = newPath();
  mkdirSync(join(path, 'lost+found'), { recursive: true });
  await (await openDataFolder({ files: realFiles, path, ...alpha })).release();
});

test('the folder of another cluster is refused', async () => {
  await assertRefused(
    await madeBy({ ...alpha, cluster: 'carts' }),
    'storage-wrong-cluster',
    'carts',
    'orders',
  );
});

test('the folder of another node is refused', async () => {
  await assertRefused(
    await madeBy({ ...alpha, node: nodeId('bravo') }),
    'storage-wrong-node',
    'bravo',
    'alpha',
  );
});

test('the folder of a later version is refused', async () => {
  await assertRefused(await madeBy(alpha, 2), 'storage-newer', 'format 2');
});

test('a folder with somebody’s files is refused', async () => {
  const path = newPath();
  mkdirSync(path);
  writeFileSync(join(path, 'thesis.txt'), 'irreplaceable');
  await assertRefused(path, 'storage-wrong-node', 'empty folder');
});

test('a folder whose identity is unreadable is refused', async () => {
  const path = await madeBy(alpha);
  for (const text of ['', '{', '[]', 'null', '{"format":1,"cluster":"orders"}']) {
    writeFileSync(join(path, 'identity.json'), text);
    await assertRefused(path, 'storage-corrupt', 'identity.json');
  }
});

test.each([0, -1, 0.5, null])('a folder of format %s is refused: there is none', async (format) => {
  const path = await madeBy(alpha);
  writeFileSync(join(path, 'identity.json'), JSON.stringify({ format, ...alpha }));
  await assertRefused(path, 'storage-corrupt', 'does not say whose');
});

test('an identity that claims to be huge is not read', async () => {
  const path = await madeBy(alpha);
  // A hole: nothing of it is on the disk.
  truncateSync(join(path, 'identity.json'), 2 ** 33);
  const opening = openDataFolder({ files: realFiles, path, ...alpha });
  await assert.rejects(opening, { code: 'storage-corrupt' });
});

test('a folder that is a file is refused', async () => {
  const path = newPath();
  writeFileSync(path, 'a file');
  const opening = openJournalStorage({ path, ...alpha, clock: handClock() });
  await assert.rejects(opening, { code: 'storage-unwritable' });
});

test('a folder in use is refused, and is free again after closing', async () => {
  const path = await madeBy(alpha);
  const options = { path, ...alpha, clock: handClock(), segmentBytes: 4_096 };
  const first = await openJournalStorage(options);
  await assertRefused(path, 'storage-in-use', String(process.pid));
  await first.close();
  await first.close();
  await (await openJournalStorage(options)).close();
});

test('a damaged journal leaves the folder unlocked', async () => {
  const path = await madeBy(alpha);
  const options = { path, ...alpha, clock: handClock(), segmentBytes: 4_096 };
  const storage = await openJournalStorage(options);
  await storage.append(batchOf([entry(1)], voted(1, 'alpha')));
  await storage.close();
  const copy = newPath();
  cpSync(path, copy, { recursive: true });
  const segment = join(path, 'journal-0000000001.segment');
  const bytes = readFileSync(segment);
  bytes[70] = (bytes[70] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  await assertRefused(path, 'storage-corrupt', segment);
  await assertRefused(path, 'storage-corrupt', segment);
  const other = await openJournalStorage({ ...options, path: copy });
  expect(other.recovered.entries).toEqual([entry(1)]);
  await other.close();
});

test('a read-only, a full and a broken disk are told apart', async () => {
  for (const [systemCode, code] of [
    ['EROFS', 'storage-unwritable'],
    ['EACCES', 'storage-unwritable'],
    ['ENOSPC', 'storage-full'],
    ['EDQUOT', 'storage-full'],
    ['EIO', 'storage-failed'],
  ] as const) {
    const files = new SimulatedDisk({
      before: ({ kind }) => {
        if (kind === 'makeFolder') throw diskError(systemCode);
      },
    });
    await assert.rejects(openDataFolder({ files, path: '/data', ...alpha }), {
      code,
      detail: { path: '/data', systemCode },
    });
  }
});

test('the power may fail at any moment: the folder is then ours, or still free', async () => {
  const random = chance(11, 'storage').fraction;
  const disk = new SimulatedDisk();
  const moments: SimulatedDisk[] = [];
  disk.before = () => void moments.push(undisturbed(disk));
  const options = { path: '/nodes/alpha', ...alpha, clock: handClock(), segmentBytes: 512 };
  const storage = await openJournalStorage({ ...options, files: disk });
  await storage.append(batchOf([entry(1)]));
  const acknowledgedAt = moments.length;
  await storage.close();
  await disk.before({ kind: 'list', path: '' });

  for (const [position, moment] of moments.entries()) {
    for (let round = 0; round < 20; round += 1) {
      const cut = round === 0 ? keepNothing : keepSectorsByChance(random, 16);
      const files = moment.afterPowerCut(cut);
      const again = await openJournalStorage({ ...options, files });
      if (position >= acknowledgedAt) assert.deepEqual(again.recovered.entries, [entry(1)]);
      await again.close();
    }
  }
});

test('a simulated disk lets one process in at a time, too', async () => {
  const files = new SimulatedDisk();
  const options = { path: '/data', ...alpha, clock: handClock(), segmentBytes: 512, files };
  await openJournalStorage(options);
  await assert.rejects(openJournalStorage(options), { code: 'storage-in-use' });
  await openJournalStorage({ ...options, files: files.afterProcessCrash() });
});
