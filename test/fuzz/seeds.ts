/**
 * The inputs that are kept, one a file, in seeds/TARGET/: those that once broke something
 * ("broke-…"), and those that reach code which others do not. A file is named after its content.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const seedsFolder = join(import.meta.dirname, 'seeds');

export type Seed = Readonly<{ file: string; input: Uint8Array }>;

export const inputOf = (file: string): Uint8Array => new Uint8Array(readFileSync(file));

/** In the order of their names, so that every run begins alike. */
export function seedsOf(target: string): readonly Seed[] {
  const folder = join(seedsFolder, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ file: join(folder, name), input: inputOf(join(folder, name)) }));
}

/** Returns the file. */
export function keepSeed(target: string, input: Uint8Array, prefix: '' | 'broke-' = ''): string {
  const folder = join(seedsFolder, target);
  const name = prefix + createHash('sha256').update(input).digest('hex').slice(0, 16);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), input);
  return join(folder, name);
}

/** Those that broke something stay whatever they reach. */
export const isKeptForGood = ({ file }: Seed): boolean => basename(file).startsWith('broke-');

export const dropSeed = ({ file }: Seed): void => rmSync(file);
