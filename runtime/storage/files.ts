/**
 * What the journal needs from a file system: positions, flushes and names, nothing more.
 * Small enough that a test double can tear, fill, slow down and corrupt every part of it.
 *
 * Failures are the system's own errors, with a `code` such as ENOSPC.
 */

/** An open file. Reads and writes name their position; the file keeps none. */
export interface OpenFile {
  size(): Promise<number>;
  /** Fills `into` from `offset` on. Resolves to the number of bytes there were. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** Writes all of `bytes`, or rejects. The caller may use `bytes` again once this settles. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves once everything written before survives a power cut. A name needs `flushFolder`. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Exclusive use of a folder. Ends by itself when its process does. */
export interface FolderLock {
  release(): Promise<void>;
}

export interface Files {
  /** Opens a file that must exist. */
  open(path: string): Promise<OpenFile>;
  /** Creates a file that must not exist. */
  create(path: string): Promise<OpenFile>;
  /** The names in a folder, in no order. */
  list(folder: string): Promise<readonly string[]>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Resolves once every name made, changed or removed in the folder survives a power cut. */
  flushFolder(path: string): Promise<void>;
  /** Rejects with a QuorateError `storage-in-use` where another has the folder. */
  lock(folder: string): Promise<FolderLock>;
}

/** The system's code for a failure, such as ENOENT; empty if it has none. */
export const systemCodeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
