import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { nodeId } from '../../machines/protocol/ids.ts';
import { claimDataFolder, freshenDataFolder } from '../../runtime/cli/start/data-folder.ts';
import { realClock } from '../../runtime/clock.ts';
import { openJournalStorage } from '../../runtime/storage/journal-storage.ts';
import { emptyFolder } from './run-quorate.ts';

/** What a node makes of its folder, and keeps open. */
const nodeIn = (path: string) =>
  openJournalStorage({ path, cluster: 'quorate', node: nodeId('n1'), clock: realClock });

describe('--fresh', () => {
  test('deletes what nodes have left, and nothing else', async () => {
    const folder = emptyFolder();
    const elsewhere = join(emptyFolder(), 'n9');
    await (await nodeIn(join(folder, 'n1'))).close();
    await (await nodeIn(elsewhere)).close();
    await claimDataFolder(folder, 3);
    mkdirSync(join(folder, 'holiday'));
    writeFileSync(join(folder, 'holiday', 'photo'), 'x');
    writeFileSync(join(folder, 'identity.json'), 'not in a folder of its own');
    symlinkSync(elsewhere, join(folder, 'n2'));

    await freshenDataFolder(folder);
    assert.deepEqual(readdirSync(folder).toSorted(), ['holiday', 'identity.json', 'n2']);
    assert.deepEqual(readdirSync(join(folder, 'holiday')), ['photo']);
    assert.ok(existsSync(join(elsewhere, 'identity.json')));
  });

  test('deletes nothing while a node still uses any of it', async () => {
    const folder = emptyFolder();
    await (await nodeIn(join(folder, 'n1'))).close();
    const open = await nodeIn(join(folder, 'n2'));
    await assert.rejects(freshenDataFolder(folder), { code: 'storage-in-use' });
    assert.deepEqual(readdirSync(folder).toSorted(), ['n1', 'n2']);
    await open.close();
    await freshenDataFolder(folder);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('of nothing is nothing', async () => {
    const folder = join(emptyFolder(), 'not', 'there');
    await freshenDataFolder(folder);
    assert.ok(!existsSync(folder));
  });
});

describe('a data folder', () => {
  test('remembers how many nodes it is for', async () => {
    const folder = join(emptyFolder(), 'a', 'b');
    await claimDataFolder(folder, 3);
    await claimDataFolder(folder, 3);
    await assert.rejects(claimDataFolder(folder, 5), {
      code: 'storage-wrong-cluster',
      message: /holds a cluster of 3 nodes, not of 5; add --nodes 3, .*--fresh/,
    });
    await freshenDataFolder(folder);
    await claimDataFolder(folder, 5);
  });

  test('whose note is garbage is left alone', async () => {
    const folder = emptyFolder();
    const note = join(folder, 'quorate-cluster.json');
    writeFileSync(note, '{');
    await assert.rejects(claimDataFolder(folder, 3), { code: 'storage-wrong-cluster' });
    assert.equal(readFileSync(note, 'utf8'), '{');
  });

  test('that is a file cannot be used', async () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '');
    await assert.rejects(claimDataFolder(file, 3), { code: 'storage-unwritable' });
    await assert.rejects(freshenDataFolder(file), { code: 'storage-unwritable' });
  });
});
