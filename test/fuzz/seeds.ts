/**
 * The inputs that are kept, one a file, in a folder for each target: those that once broke
 * something ("broke-…"), and those that reach code which others do not. A file is named after its
 * content.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const seedsFolder = join(import.meta.dirname, 'seeds');

export type Seed = Readonly<{ file: string; input: Uint8Array }>;

export const inputOf = (file: string): Uint8Array => new Uint8Array(readFileSync(file));

export class Seeds {
  /** Files that were not there before, in the order in which they came. */
  readonly written: string[] = [];
  readonly #top: string;

  constructor(top = seedsFolder) {
    this.#top = top;
  }

  /** In the order of their names, so that every run begins alike. */
  of(target: string): readonly Seed[] {
    const folder = join(this.#top, target);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .toSorted()
      .map((name) => ({ file: join(folder, name), input: inputOf(join(folder, name)) }));
  }

  /** Returns the file. */
  keep(target: string, input: Uint8Array, prefix: '' | 'broke-' = ''): string {
    const folder = join(this.#top, target);
    const name = prefix + createHash('sha256').update(input).digest('hex').slice(0, 16);
    const file = join(folder, name);
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, input);
      this.written.push(file);
    }
    return file;
  }
}

/** Those that broke something stay whatever they reach. */
export const isKeptForGood = ({ file }: Seed): boolean => basename(file).startsWith('broke-');

export const dropSeed = ({ file }: Seed): void => rmSync(file);
