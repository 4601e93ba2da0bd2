/**
 * A disk in memory that fails as disks do. It has a page cache, which all reads see, and a
 * platter, which is what a power cut leaves. Writes reach the platter by a flush of their file,
 * names by a flush of their folder. Everything that happens is decided by who made the disk.
 *
 * A crash gives a new disk and leaves this one to whoever is dead: its late writes harm nobody.
 */
import { basename, dirname } from 'node:path';
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { Files, FolderLock, OpenFile } from './files.ts';
import type { PowerCut, UnflushedName, UnflushedWrite } from './power-cut.ts';

export type DiskOperation = Readonly<{
  kind:
    | 'open'
    | 'create'
    | 'read'
    | 'write'
    | 'flush'
    | 'list'
    | 'rename'
    | 'remove'
    | 'makeFolder'
    | 'flushFolder';
  path: string;
  /** Of a write: where it goes. */
  offset?: number;
}>;

export type SimulatedDiskOptions = Readonly<{
  /**
   * Comes before every operation. What it throws (see `diskError`) is how the operation fails,
   * and while it takes its time the operation waits.
   */
  before?: (operation: DiskOperation) => void | Promise<void>;
  /** Of all files together. */
  capacityBytes?: number;
}>;

/** A failure as the system reports it. */
export const diskError = (code: string): Error =>
  Object.assign(new Error(`${code}: simulated`), { code });

/** `path` is the latest name it had, for those who ask what an operation was about. */
type Inode = { path: string; cache: Uint8Array; platter: Uint8Array; dirty: UnflushedWrite[] };
type Node = Inode | 'folder';
type Names = Map<string, Node>;
/** `from` is only a rename's. */
type NameChange = Readonly<{ name: UnflushedName; node: Node; from?: string }>;

export class SimulatedDisk implements Files {
  /** May be replaced at any time: the weather changes. */
  before: (operation: DiskOperation) => void | Promise<void>;
  capacityBytes: number;
  #names: Names = new Map([['/', 'folder']]);
  #durableNames: Names = new Map(this.#names);
  #unflushedNames: NameChange[] = [];
  readonly #locked = new Set<string>();

  constructor({ before = () => {}, capacityBytes = Infinity }: SimulatedDiskOptions = {}) {
    this.before = before;
    this.capacityBytes = capacityBytes;
  }

  async open(path: string): Promise<OpenFile> {
    await this.before({ kind: 'open', path });
    return this.#openFile(this.#inode(path));
  }

  async create(path: string): Promise<OpenFile> {
    await this.before({ kind: 'create', path });
    if (this.#names.has(path)) throw diskError('EEXIST');
    this.#folder(dirname(path));
    const inode: Inode = { path, cache: new Uint8Array(), platter: new Uint8Array(), dirty: [] };
    this.#change({ name: { change: 'create', path }, node: inode });
    return this.#openFile(inode);
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.before({ kind: 'list', path: folder });
    this.#folder(folder);
    const paths = [...this.#names.keys()].filter((path) => path !== '/');
    return paths.filter((path) => dirname(path) === folder).map((path) => basename(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.before({ kind: 'rename', path: to });
    const inode = this.#inode(from);
    this.#change({ name: { change: 'rename', path: to }, node: inode, from });
    inode.path = to;
  }

  async remove(path: string): Promise<void> {
    await this.before({ kind: 'remove', path });
    this.#change({ name: { change: 'remove', path }, node: this.#inode(path) });
  }

  async makeFolder(path: string): Promise<void> {
    await this.before({ kind: 'makeFolder', path });
    if (this.#names.has(path)) throw diskError('EEXIST');
    this.#folder(dirname(path));
    this.#change({ name: { change: 'makeFolder', path }, node: 'folder' });
  }

  async flushFolder(path: string): Promise<void> {
    await this.before({ kind: 'flushFolder', path });
    this.#folder(path);
    const isInside = ({ name }: NameChange): boolean => dirname(name.path) === path;
    for (const change of this.#unflushedNames.filter(isInside)) apply(this.#durableNames, change);
    this.#unflushedNames = this.#unflushedNames.filter((change) => !isInside(change));
  }

  async lock(folder: string): Promise<FolderLock> {
    this.#folder(folder);
    if (this.#locked.has(folder)) {
      throw new QuorateError('storage-in-use', `${folder} is in use`, { path: folder });
    }
    this.#locked.add(folder);
    return {
      release: async () => {
        this.#locked.delete(folder);
      },
    };
  }

  /** The disk as the next process finds it when only the process died. */
  afterProcessCrash(): SimulatedDisk {
    const twins = new Map<Inode, Inode>();
    const twin = (node: Node): Node => {
      if (node === 'folder') return node;
      const { path, cache, platter, dirty } = node;
      const known = twins.get(node) ?? {
        path,
        cache: cache.slice(),
        platter: platter.slice(),
        dirty: [...dirty],
      };
      twins.set(node, known);
      return known;
    };
    const next = new SimulatedDisk({ before: this.before, capacityBytes: this.capacityBytes });
    next.#names = new Map([...this.#names].map(([path, node]) => [path, twin(node)]));
    next.#durableNames = new Map([...this.#durableNames].map(([path, node]) => [path, twin(node)]));
    next.#unflushedNames = this.#unflushedNames.map((change) => ({
      ...change,
      node: twin(change.node),
    }));
    return next;
  }

  /** The disk as the next process finds it when the power failed. */
  afterPowerCut(cut: PowerCut): SimulatedDisk {
    const next = this.afterProcessCrash();
    for (const change of next.#unflushedNames) {
      if (cut.keepName(change.name)) apply(next.#durableNames, change);
    }
    next.#unflushedNames = [];
    next.#durableNames = reachable(next.#durableNames);
    next.#names = new Map(next.#durableNames);
    for (const inode of new Set(next.#names.values())) {
      if (inode === 'folder') continue;
      for (const write of inode.dirty) {
        for (const [from, to] of cut.keepBytes(write)) {
          const kept = write.bytes.subarray(from, to);
          if (kept.length > 0) inode.platter = written(inode.platter, kept, write.offset + from);
        }
      }
      inode.dirty = [];
      inode.cache = inode.platter.slice();
    }
    return next;
  }

  /** All files, for tests and the curious. */
  paths(): readonly string[] {
    return [...this.#names].filter(([, node]) => node !== 'folder').map(([path]) => path);
  }

  contents(path: string): Uint8Array {
    return this.#inode(path).cache.slice();
  }

  unflushedBytes(): number {
    const inodes = [...this.#names.values()].filter((node) => node !== 'folder');
    return inodes.flatMap(({ dirty }) => dirty).reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Changes stored bytes behind everyone's back, as rot and misdirected writes do. */
  corrupt(path: string, offset: number, change: (byte: number, at: number) => number, count = 1) {
    const inode = this.#inode(path);
    for (const bytes of [inode.cache, inode.platter]) {
      const until = Math.min(bytes.length, offset + count);
      for (let at = offset; at < until; at += 1) bytes[at] = change(bytes[at] ?? 0, at);
    }
  }

  #change(change: NameChange): void {
    apply(this.#names, change);
    this.#unflushedNames.push(change);
  }

  #inode(path: string): Inode {
    const node = this.#names.get(path);
    if (!node) throw diskError('ENOENT');
    if (node === 'folder') throw diskError('EISDIR');
    return node;
  }

  #folder(path: string): void {
    const node = this.#names.get(path);
    if (!node) throw diskError('ENOENT');
    if (node !== 'folder') throw diskError('ENOTDIR');
  }

  #openFile(inode: Inode): OpenFile {
    const before = (kind: DiskOperation['kind']) => this.before({ kind, path: inode.path });
    return {
      size: async () => inode.cache.length,
      read: async (into, offset) => {
        await before('read');
        const found = inode.cache.subarray(offset, offset + into.length);
        into.set(found);
        return found.length;
      },
      write: async (bytes, offset) => {
        await this.before({ kind: 'write', path: inode.path, offset });
        const growth = Math.max(0, offset + bytes.length - inode.cache.length);
        const fitting = Math.min(growth, Math.max(0, this.capacityBytes - this.#usedBytes()));
        // As much as fits is written, and only then is the disk full.
        const done = bytes.slice(0, bytes.length - (growth - fitting));
        inode.cache = written(inode.cache, done, offset);
        inode.dirty.push({ path: inode.path, offset, bytes: done });
        if (fitting < growth) throw diskError('ENOSPC');
      },
      flush: async () => {
        const covered = inode.dirty.length;
        try {
          await before('flush');
        } catch (failed) {
          // As Linux does: the pages are called clean, and no later flush writes them.
          inode.dirty = inode.dirty.slice(covered);
          throw failed;
        }
        for (const { bytes, offset } of inode.dirty.slice(0, covered)) {
          inode.platter = written(inode.platter, bytes, offset);
        }
        inode.dirty = inode.dirty.slice(covered);
      },
      close: async () => {},
    };
  }

  #usedBytes(): number {
    const inodes = [...this.#names.values()].filter((node) => node !== 'folder');
    return inodes.reduce((sum, { cache }) => sum + cache.length, 0);
  }
}

/** The same array where it is long enough, changed in place. */
function written(file: Uint8Array, bytes: Uint8Array, offset: number): Uint8Array {
  let target = file;
  if (offset + bytes.length > file.length) {
    target = new Uint8Array(offset + bytes.length);
    target.set(file);
  }
  target.set(bytes, offset);
  return target;
}

/** What is in a folder whose own name was lost is lost with it. */
function reachable(names: Names): Names {
  const isThere = (path: string): boolean =>
    path === '/' || (names.has(path) && isThere(dirname(path)));
  return new Map([...names].filter(([path]) => isThere(path)));
}

function apply(names: Names, { name: { change, path }, node, from }: NameChange): void {
  if (change === 'remove') {
    if (names.get(path) === node) names.delete(path);
    return;
  }
  if (from !== undefined && names.get(from) === node) names.delete(from);
  names.set(path, node);
}
