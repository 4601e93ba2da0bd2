/** The file port for whoever only reads: what is there may be in use, and stays as it is. */
import { constants, promises as fs } from 'node:fs';
import type { Files } from '../../storage/files.ts';

const refuse = (): Promise<never> => Promise.reject(new Error('these files are only read'));

export const filesToRead: Files = {
  async open(path) {
    const file = await fs.open(path, constants.O_RDONLY);
    return {
      size: async () => (await file.stat()).size,
      async read(into, offset) {
        let filled = 0;
        while (filled < into.length) {
          const { bytesRead } = await file.read(
            into,
            filled,
            into.length - filled,
            offset + filled,
          );
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return filled;
      },
      write: refuse,
      flush: refuse,
      close: () => file.close(),
    };
  },
  list: (folder) => fs.readdir(folder),
  create: refuse,
  rename: refuse,
  remove: refuse,
  makeFolder: refuse,
  flushFolder: refuse,
  lock: refuse,
};
