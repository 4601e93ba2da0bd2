/**
 * Module hooks. A module that was imported with `?bug=NAME` imports the rest of the project with
 * the same bug, so that each bug has a whole program of its own, and all of them fit one process.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const top = new URL('../../../', import.meta.url).href;

const bugOf = (url) => (url?.startsWith(top) ? new URL(url).searchParams.get('bug') : null);

/** @type {Promise<ReadonlyMap<string, { file: string; from: string; to: string }>>} */
let planted;
const bugs = () =>
  (planted ??= readFile(new URL('./bugs.json', import.meta.url), 'utf8').then(
    (text) => new Map(JSON.parse(text).map((bug) => [bug.name, bug])),
  ));

export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  const bug = bugOf(context.parentURL);
  const isOurs = resolved.url.startsWith(top) && !resolved.url.includes('/node_modules/');
  if (bug === null || !isOurs || bugOf(resolved.url) !== null) return resolved;
  const url = new URL(resolved.url);
  url.searchParams.set('bug', bug);
  return { ...resolved, url: url.href };
}

export async function load(url, context, nextLoad) {
  const name = bugOf(url);
  if (name === null) return nextLoad(url, context);
  const bug = (await bugs()).get(name);
  if (bug === undefined || !url.startsWith(top + bug.file)) return nextLoad(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  const parts = source.split(bug.from);
  if (parts.length !== 2) {
    throw new Error(`bug "${name}": "${bug.from}" is ${parts.length - 1} times in ${bug.file}`);
  }
  return { format: 'module', source: parts.join(bug.to), shortCircuit: true };
}
