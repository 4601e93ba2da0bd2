/**
 * A node's data folder: whose it is, and that nobody else has it open.
 * A folder that is refused is left exactly as it was.
 */
import { dirname, join } from 'node:path';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { storageCorrupt, storageFault, storageNewer } from './faults.ts';
import { systemCodeOf, type Files, type FolderLock, type OpenFile } from './files.ts';
import { lockName } from './lock.ts';

/** The format of the folder as a whole. A segment carries its own. */
const folderFormat = 1;

export type DataFolderOptions = Readonly<{
  files: Files;
  path: string;
  cluster: string;
  node: NodeId;
  format?: number;
}>;

type Identity = Readonly<{ format: number; cluster: string; node: string }>;

const identityName = 'identity.json';
const identityDraftName = 'identity.json.new';
/** What may be in a folder that is still free to become ours. */
const freeNames: readonly string[] = [identityDraftName, lockName, 'lost+found'];

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

  const theirs = await readIdentity(files, join(path, identityName));
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
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ENOENT') throw cause;
    await ensureFolder(files, dirname(path));
    await files.makeFolder(path).catch((failed: unknown) => {
      if (systemCodeOf(failed) !== 'EEXIST') throw failed;
    });
    await files.flushFolder(dirname(path));
  }
}

async function readIdentity(files: Files, path: string): Promise<Identity> {
  const text = await withFile(await files.open(path), async (file) => {
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    return new TextDecoder().decode(bytes);
  });
  const found = parse(text);
  if (found) return found;
  throw storageCorrupt({ file: path, offset: 0, index: 0, what: 'it does not say whose it is' });
}

function parse(text: string): Identity | null {
  try {
    const found: unknown = JSON.parse(text);
    return isIdentity(found) ? found : null;
  } catch {
    return null;
  }
}

const isIdentity = (found: unknown): found is Identity =>
  typeof found === 'object' &&
  found !== null &&
  'format' in found &&
  typeof found.format === 'number' &&
  'cluster' in found &&
  typeof found.cluster === 'string' &&
  'node' in found &&
  typeof found.node === 'string';

/** Under its final name the file is whole or not there: flushed first, then renamed. */
async function writeIdentity(options: DataFolderOptions): Promise<void> {
  const { files, path, cluster, node, format = folderFormat } = options;
  const draft = join(path, identityDraftName);
  if ((await files.list(path)).includes(identityDraftName)) await files.remove(draft);
  const identity: Identity = { format, cluster, node };
  await withFile(await files.create(draft), async (file) => {
    await file.write(new TextEncoder().encode(`${JSON.stringify(identity)}\n`), 0);
    await file.flush();
  });
  await files.rename(draft, join(path, identityName));
  await files.flushFolder(path);
}

async function withFile<Result>(
  file: OpenFile,
  use: (file: OpenFile) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
