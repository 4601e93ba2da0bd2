/**
 * The file port on the real file system. Whatever may wait for the disk goes through libuv's
 * thread pool, so that a slow disk delays its caller and never the event loop.
 */
import fs from 'node:fs';
import type { Files, OpenFile } from './files.ts';
import { lockFolder } from './lock.ts';

export const realFiles: Files = {
  open: async (path) => openFile(await descriptor(path, fs.constants.O_RDWR)),
  create: async (path) =>
    openFile(
      await descriptor(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL),
    ),
  list: (folder) => fs.promises.readdir(folder),
  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.unlink(path),
  makeFolder: (path) => fs.promises.mkdir(path),
  flushFolder: async (path) => {
    const folder = await fs.promises.open(path, fs.constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  lock: lockFolder,
};

const descriptor = (path: string, flags: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.open(path, flags, 0o640, (error, fd) => (error ? reject(error) : resolve(fd)));
  });

/** Callbacks rather than `fs.promises`: a flushed record should wait for the disk alone. */
function openFile(fd: number): OpenFile {
  return {
    size: async () => (await stat(fd)).size,

    read: async (into, offset) => {
      let done = 0;
      while (done < into.length) {
        const count = await readSome(fd, into, done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },

    write: (bytes, offset) =>
      bytes.length <= quickBytesMax ? writeNow(fd, bytes, offset) : writeLater(fd, bytes, offset),

    flush: () =>
      new Promise((resolve, reject) => {
        fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()));
      }),

    close: () =>
      new Promise((resolve, reject) => {
        fs.close(fd, (error) => (error ? reject(error) : resolve()));
      }),
  };
}

/** Microseconds of copying, far less than it takes to hand it to another thread and back. */
const quickBytesMax = 64 * 1024;

/**
 * Into the page cache, which does not wait for the disk: the journal never writes while a flush
 * is under way. A slow disk shows in the flush, and that is waited for by another thread.
 */
async function writeNow(fd: number, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, offset + done);
  }
}

const writeLater = (fd: number, bytes: Uint8Array, offset: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const writeFrom = (done: number): void => {
      fs.write(fd, bytes, done, bytes.length - done, offset + done, (error, count) => {
        if (error) reject(error);
        else if (done + count === bytes.length) resolve();
        // A short write is no error yet; whatever stopped it stops the rest with its reason.
        else writeFrom(done + count);
      });
    };
    writeFrom(0);
  });

const stat = (fd: number): Promise<fs.Stats> =>
  new Promise((resolve, reject) => {
    fs.fstat(fd, (error, stats) => (error ? reject(error) : resolve(stats)));
  });

const readSome = (fd: number, into: Uint8Array, from: number, offset: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(fd, into, from, into.length - from, offset, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
