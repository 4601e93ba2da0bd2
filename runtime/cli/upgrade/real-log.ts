/**
 * The log in a node's data folder, or the longest of those in the folder of `quorate start`. It is
 * read in place and nothing is changed, so the nodes may be running.
 */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import type { Entry } from '../../../machines/protocol/entry.ts';
import { identityOf, type Identity } from '../../storage/data-folder.ts';
import { holderOf } from '../../storage/lock.ts';
import { rememberedMachines } from '../../storage/machines-file.ts';
import { recoverJournal } from '../../storage/recovery.ts';
import { filesToRead } from './files-to-read.ts';

export type RealLog = Readonly<{
  folder: string;
  node: string;
  cluster: string;
  /** The process that has the folder open; null where none has. */
  usedBy: number | null;
  /** The last few may not be committed. */
  entries: readonly Entry[];
  /** Of the first definitions, by machine name. */
  fingerprints: Readonly<Record<string, string>>;
}>;

type Owned = Readonly<{ folder: string; identity: Identity }>;

export async function realLog(data: string): Promise<RealLog> {
  const logs = await Promise.all((await nodeFolders(data)).map(logIn));
  const [longest] = logs.toSorted((a, b) => isLonger(b.entries, a.entries));
  if (longest !== undefined) return longest;
  throw new QuorateError(
    'storage-wrong-node',
    `${data} is no node's data folder, and there is none in it; give --data what \`quorate node\` or \`quorate start\` was given.`,
    { path: data },
  );
}

/** Raft §5.4.1: it holds whatever is committed. */
const isLonger = (a: readonly Entry[], b: readonly Entry[]): number => {
  const [one, other] = [a.at(-1), b.at(-1)];
  return (one?.term ?? 0) - (other?.term ?? 0) || (one?.index ?? 0) - (other?.index ?? 0);
};

async function nodeFolders(data: string): Promise<readonly Owned[]> {
  if (statSync(data, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const own = await identityOf(filesToRead, data);
  if (own !== null) return [{ folder: data, identity: own }];
  const inside = (await readdir(data, { withFileTypes: true }))
    .filter((found) => found.isDirectory())
    .map(({ name }) => join(data, name));
  const found = await Promise.all(
    inside.map(async (folder) => ({ folder, identity: await identityOf(filesToRead, folder) })),
  );
  return found.filter((each): each is Owned => each.identity !== null);
}

/** A node that is running may write while we read, so that what we see does not fit together. */
const triesMax = 5;

async function logIn({ folder, identity: { node, cluster } }: Owned): Promise<RealLog> {
  for (let tries = 1; ; tries += 1) {
    const usedBy = await holderOf(folder);
    try {
      const fingerprints = await rememberedMachines(filesToRead, folder);
      const entries = (await recoverJournal(filesToRead, folder))?.entries ?? [];
      return { folder, node, cluster, usedBy, entries, fingerprints };
    } catch (cause) {
      if (usedBy === null || tries >= triesMax) throw cause;
    }
  }
}
