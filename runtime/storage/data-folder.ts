/**
 * A node's data folder: whose it is, and that nobody else has it open.
 * A folder that is refused is left exactly as it was.
 */
import { dirname, join } from 'node:path';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { storageCorrupt, storageFault, storageNewer } from './faults.ts';
import { systemCodeOf, type Files, type FolderLock } from './files.ts';
import { lockName } from './lock.ts';
import { draftNameOf, readSmallFile, writeSmallFile } from './small-file.ts';

/** The format of the folder as a whole. A segment carries its own. */
const folderFormat = 1;

export type DataFolderOptions = Readonly<{
  files: Files;
  path: string;
  cluster: string;
  node: NodeId;
  format?: number;
}>;

export type Identity = Readonly<{ format: number; cluster: string; node: string }>;

export const identityName = 'identity.json';
/**
 * What may be in a folder that is still free to become ours. All else of ours comes after the
 * identity, so that without one it is somebody else's.
 */
const freeNames: readonly string[] = [draftNameOf(identityName), lockName, 'lost+found'];

/** Checks the folder, or makes it ours. It stays ours alone until the lock is released. */
export async function openDataFolder(options: DataFolderOptions): Promise<FolderLock> {
  const { files, path } = options;
  let lock: FolderLock | null = null;
  try {
    const isOurs = await check(options);
    if (!isOurs) await ensureFolder(files, path);
    lock = await files.lock(path);
    // Whoever had the lock a moment ago may have made it theirs.
    if (!(await check(options))) await writeIdentity(options);
    return lock;
  } catch (cause) {
    await lock?.release().catch(() => {});
    throw storageFault(cause, 'open the data folder', path);
  }
}

/** Whose a folder is; null where it is nobody's. Changes nothing. */
export async function identityOf(files: Files, path: string): Promise<Identity | null> {
  const names = await files.list(path);
  return names.includes(identityName) ? readIdentity(files, path) : null;
}

/** True: ours. False: free, or not there. Throws where it is another's. Changes nothing. */
async function check({ files, path, cluster, node, format = folderFormat }: DataFolderOptions) {
  const names = await files.list(path).catch((cause: unknown): readonly string[] => {
    if (systemCodeOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  if (!names.includes(identityName)) {
    if (names.every((name) => freeNames.includes(name))) return false;
    throw new QuorateError(
      'storage-wrong-node',
      `${path} holds files, and none that say it is a node's data folder. ` +
        'Nothing was changed. Give this node an empty folder, or one of its own.',
      { path },
    );
  }

  const theirs = await readIdentity(files, path);
  if (theirs.format > format) throw storageNewer(path, theirs.format, format);
  if (theirs.cluster !== cluster) {
    throw new QuorateError(
      'storage-wrong-cluster',
      `${path} belongs to cluster ${theirs.cluster}, and this node to cluster ${cluster}. ` +
        'Nothing was changed. Give this node the cluster it had, or another folder.',
      { path, found: theirs.cluster, expected: cluster },
    );
  }
  if (theirs.node !== node) {
    throw new QuorateError(
      'storage-wrong-node',
      `${path} belongs to node ${theirs.node}, and this is node ${node}. ` +
        'Nothing was changed. Give this node the name it had, or another folder.',
      { path, found: theirs.node, expected: node },
    );
  }
  return true;
}

async function ensureFolder(files: Files, path: string): Promise<void> {
  try {
    await files.list(path);
    // Whoever made it may have died before its name was flushed.
    await flushIfAllowed(files, dirname(path));
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ENOENT') throw cause;
    await ensureFolder(files, dirname(path));
    await files.makeFolder(path).catch((failed: unknown) => {
      if (systemCodeOf(failed) !== 'EEXIST') throw failed;
    });
    await files.flushFolder(dirname(path));
  }
}

/** A folder that we may not read was not changed by us, or its flush would have failed then. */
async function flushIfAllowed(files: Files, path: string): Promise<void> {
  try {
    await files.flushFolder(path);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EACCES') throw cause;
  }
}

async function readIdentity(files: Files, folder: string): Promise<Identity> {
  const found = await readSmallFile({ files, folder, name: identityName });
  if (isIdentity(found)) return found;
  const file = join(folder, identityName);
  throw storageCorrupt({ file, offset: 0, index: 0, what: 'it does not say whose it is' });
}

const isIdentity = (found: unknown): found is Identity =>
  typeof found === 'object' &&
  found !== null &&
  'format' in found &&
  typeof found.format === 'number' &&
  Number.isSafeInteger(found.format) &&
  found.format > 0 &&
  'cluster' in found &&
  typeof found.cluster === 'string' &&
  'node' in found &&
  typeof found.node === 'string';

async function writeIdentity(options: DataFolderOptions): Promise<void> {
  const { files, path, cluster, node, format = folderFormat } = options;
  const identity: Identity = { format, cluster, node };
  await writeSmallFile({ files, folder: path, name: identityName }, identity);
}
