/**
 * The folder of a cluster that `quorate start` runs: one folder a node in it, and a note of how
 * many nodes there are. Another number would make another majority of the same logs, and what
 * the first one promised could be lost.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import type { FolderLock } from '../../storage/files.ts';
import { lockFolder } from '../../storage/lock.ts';
import { identityName } from '../../storage/data-folder.ts';

const noteFile = 'quorate-cluster.json';

/** Makes the folder, or checks that it belongs to a cluster of so many nodes. */
export async function claimDataFolder(folder: string, nodes: number): Promise<void> {
  const note = join(folder, noteFile);
  if (!existsSync(note)) {
    await writing(folder, () => {
      ensureFolder(folder);
      writeFileSync(note, `${JSON.stringify({ nodes })}\n`);
    });
    return;
  }
  const noted = nodesNoted(note);
  if (noted === nodes) return;
  throw new QuorateError(
    'storage-wrong-cluster',
    `${folder} holds a cluster of ${noted ?? 'an unknown number of'} nodes, not of ${nodes}; ` +
      `${noted === null ? '' : `add --nodes ${noted}, `}choose another folder with --data, ` +
      'or delete what is there with --fresh.',
  );
}

/** Deletes what nodes have left there, and nothing that is not theirs, or that one still uses. */
export async function freshenDataFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  await writing(folder, async () => {
    const folders = readdirSync(folder, { withFileTypes: true })
      // A link is no folder here: what it leads to was not put there by a node of ours.
      .filter((found) => found.isDirectory())
      .map(({ name }) => join(folder, name))
      .filter((inside) => existsSync(join(inside, identityName)));
    // All of them first: while one is in use, nothing is lost.
    const locks: FolderLock[] = [];
    try {
      for (const inside of folders) locks.push(await lockFolder(inside));
      for (const inside of folders) rmSync(inside, { recursive: true });
    } finally {
      for (const lock of locks) await lock.release();
    }
    const note = join(folder, noteFile);
    if (existsSync(note)) rmSync(note);
  });
}

/** Node's own `recursive` tries for ever where the file system makes no folders, as in /proc. */
function ensureFolder(folder: string): void {
  if (existsSync(folder)) return;
  ensureFolder(dirname(folder));
  mkdirSync(folder);
}

function nodesNoted(note: string): number | null {
  try {
    const { nodes } = JSON.parse(readFileSync(note, 'utf8')) as { nodes?: unknown };
    return typeof nodes === 'number' ? nodes : null;
  } catch {
    return null;
  }
}

async function writing(folder: string, change: () => void | Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (error instanceof QuorateError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new QuorateError(
      'storage-unwritable',
      `cannot change ${folder} (${why}); choose another folder with --data.`,
      {},
      { cause: error },
    );
  }
}
