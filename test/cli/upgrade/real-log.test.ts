/** Which log is read, and that nothing of it is changed. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { filesToRead } from '../../../runtime/cli/upgrade/files-to-read.ts';
import { realLog } from '../../../runtime/cli/upgrade/real-log.ts';
import { lockFolder } from '../../../runtime/storage/lock.ts';
import { v2 } from '../../replica/upgrades/orders.ts';
import { emptyFolder } from '../run-quorate.ts';
import { logOf, to, writeLog } from './written-log.ts';

const machines = { order: v2 };
const some = (count: number) =>
  logOf(...Array.from({ length: count }, (_, nth) => to(`order/${nth}`, 'WAIT')));

const everythingIn = (folder: string) =>
  readdirSync(folder)
    .toSorted()
    .map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name));
      return [name, mtimeMs, size, readFileSync(join(folder, name)).toString('latin1')];
    });

test('of one node all is read, and nothing is changed', async () => {
  const folder = await writeLog(emptyFolder(), 'n1', machines, some(3));
  const before = everythingIn(folder);
  const { node, cluster, usedBy, entries, fingerprints } = await realLog(folder);
  assert.deepEqual([node, cluster, usedBy], ['n1', 'test', null]);
  assert.deepEqual(
    entries.map(({ index, payload }) => [index, Buffer.from(payload).toString('latin1')]),
    some(3).map(({ index, payload }) => [index, Buffer.from(payload).toString('latin1')]),
  );
  assert.deepEqual(Object.keys(fingerprints), ['order']);
  assert.deepEqual(everythingIn(folder), before);
});

test('of several the one whose log goes furthest, by its last term first', async () => {
  const inside = emptyFolder();
  mkdirSync(join(inside, 'notes'));
  writeFileSync(join(inside, 'quorate-cluster.json'), '{"nodes":3}');
  await writeLog(inside, 'n1', machines, some(2));
  await writeLog(inside, 'n2', machines, some(5));
  assert.equal((await realLog(inside)).node, 'n2');
  const later = some(3).map((entry, nth) => (nth === 3 ? { ...entry, term: 2 as never } : entry));
  await writeLog(inside, 'n3', machines, later);
  assert.equal((await realLog(inside)).node, 'n3');
});

test('who uses the folder is told, and not disturbed', async () => {
  const folder = await writeLog(emptyFolder(), 'n1', machines, some(1));
  const lock = await lockFolder(folder);
  onTestFinished(() => lock.release());
  const before = everythingIn(folder);
  assert.equal((await realLog(folder)).usedBy, process.pid);
  assert.deepEqual(everythingIn(folder), before);
});

test('a folder that is no node’s, and has none in it, is refused', async () => {
  const folder = emptyFolder();
  for (const data of [folder, join(folder, 'nowhere')]) {
    await assert.rejects(realLog(data), { code: 'storage-wrong-node' });
  }
});

test('a damaged log is refused, as a node would', async () => {
  const folder = await writeLog(emptyFolder(), 'n1', machines, some(3));
  const segment = readdirSync(folder).find((name) => statSync(join(folder, name)).size > 100_000);
  assert.ok(segment !== undefined);
  const bytes = readFileSync(join(folder, segment));
  const at = bytes.indexOf('WAIT');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(join(folder, segment), bytes);
  await assert.rejects(realLog(folder), { code: 'storage-corrupt' });
});

test('files that are only read cannot be changed by mistake', async () => {
  const folder = await writeLog(emptyFolder(), 'n1', machines, some(1));
  const file = await filesToRead.open(join(folder, 'identity.json'));
  onTestFinished(() => file.close());
  const attempts = [
    () => file.write(new Uint8Array(1), 0),
    () => file.flush(),
    () => filesToRead.create(join(folder, 'new')),
    () => filesToRead.remove(join(folder, 'identity.json')),
    () => filesToRead.rename(join(folder, 'identity.json'), join(folder, 'other')),
    () => filesToRead.makeFolder(join(folder, 'new')),
    () => filesToRead.flushFolder(folder),
    () => filesToRead.lock(folder),
  ];
  for (const attempt of attempts) await assert.rejects(attempt(), /only read/);
});
