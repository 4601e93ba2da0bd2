/** The table of planted bugs, and that of who was caught by which seed. */
import { readFileSync, writeFileSync } from 'node:fs';

export type Bug = Readonly<{
  name: string;
  source: string;
  file: string;
  from: string;
  to: string;
}>;

export type Find = Readonly<{ seed: number; steps: number; check: string; what: string }>;

/** By the name of the bug. */
export type Caught = Readonly<Record<string, Find>>;

const caughtFile = new URL('./caught.json', import.meta.url);

const read = (file: URL): unknown => JSON.parse(readFileSync(file, 'utf8'));

export const bugs = read(new URL('./bugs.json', import.meta.url)) as readonly Bug[];
export const caught = read(caughtFile) as Caught;

/** In the order of the bugs, without those that are no more. */
export function writeCaught(finds: Caught): void {
  const known = bugs.flatMap(({ name }) => {
    const find = finds[name];
    return find === undefined ? [] : [[name, find] as const];
  });
  writeFileSync(caughtFile, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
}
