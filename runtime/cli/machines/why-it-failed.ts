/** Why a module did not load, in one line, with the place wherever anything knows it. */
import { spawnSync } from 'node:child_process';

export function whyItFailed(error: unknown, path: string): string {
  if (!(error instanceof Error)) return `it threw ${JSON.stringify(error)} on import.`;

  // esbuild: "Transform failed with 1 error:\n/path/file.ts:3:2: ERROR: Expected …"
  const [, at, what] = /^(.+:\d+:\d+): ERROR: (.+)$/m.exec(error.message) ?? [];
  if (at !== undefined && what !== undefined) return `${what} (${at})${hint(what)}.`;

  const [message = ''] = error.message.split('\n');
  if (error instanceof SyntaxError) {
    const place = placeOf(error, path) ?? placeByNode(path);
    return `${message}${place === null ? '' : ` (${place})`}.`;
  }
  if ('code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    return `${message}; install what it imports beside it.`;
  }
  const place = placeOf(error, path);
  // `require` adds who required it, which the place tells better.
  const said = 'code' in error && error.code === 'MODULE_NOT_FOUND' ? message : inOneLine(error);
  return `it threw ${error.name}: ${said}${place === null ? '' : ` (${place})`}.`;
}

/** XState says on its second line what is wrong with what the first one names. */
const inOneLine = ({ message }: Error): string =>
  message
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');

const hint = (what: string): string =>
  what.includes('"cjs" output format')
    ? '; name the file .mts, or put "type": "module" into its package.json'
    : '';

/** The topmost line of the stack that lies in that file. */
function placeOf(error: Error, path: string): string | null {
  const literally = path.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const [place] = new RegExp(`${literally}:\\d+(:\\d+)?`).exec(
    // tsx keeps its modules apart by a query, and Node writes some places as URLs.
    (error.stack ?? '').replaceAll(/\?[^:\s)]*(?=:\d)/g, ''),
  ) ?? [null];
  return place;
}

/** Node keeps the place of some syntax errors to itself, until asked to check that one file. */
function placeByNode(path: string): string | null {
  const { stderr } = spawnSync(process.execPath, ['--check', path], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  const [first = ''] = (stderr ?? '').split('\n');
  const [, line] = /:(\d+)$/.exec(first) ?? [];
  return line === undefined ? null : `${path}:${line}`;
}
