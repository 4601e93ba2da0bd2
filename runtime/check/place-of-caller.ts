/** Where in the user's own files somebody was called from, as far as the stack tells. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const framesMax = 40;

/** `order.ts:12:30`, or at least `order.ts`; null where only XState itself did it. */
export function placeOfCaller(): string | null {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = framesMax;
  const { stack = '' } = new Error('where?');
  Error.stackTraceLimit = stackTraceLimit;

  let inPackage: string | null = null;
  for (const line of stack.split('\n').slice(1)) {
    const place = placeIn(line);
    if (place === null || ours.some((folder) => place.startsWith(folder))) continue;
    if (place.includes('/node_modules/xstate/')) break;
    if (!place.includes('/node_modules/')) return shown(place);
    inPackage ??= place;
  }
  return inPackage === null ? null : shown(inPackage);
}

/** This folder: whoever asks is in it. */
const ours: readonly string[] = [fileURLToPath(new URL('.', import.meta.url))];

/** `/path/order.ts:12:30` from a line of a stack. */
function placeIn(line: string): string | null {
  const [, inBrackets, bare] = /\((.+:\d+:\d+)\)$|at (?:async )?(\S.*:\d+:\d+)$/.exec(line) ?? [];
  const place = inBrackets ?? bare;
  if (place === undefined || place.startsWith('node:')) return null;
  // A loader's way to run CommonJS: the place is one in what it made of the file.
  const [, inText] = /^data:text\/javascript,__filename%3D%22(.+?)%22/.exec(place) ?? [];
  if (inText !== undefined) return decodeURIComponent(inText);
  const [, file = '', position = ''] = /^(.*?)((?::\d+){2})$/.exec(place) ?? [];
  // Loaders keep modules apart by a query.
  const path = file.replace(/\?.*$/, '');
  return (path.startsWith('file:') ? fileURLToPath(path) : path) + position;
}

function shown(place: string): string {
  const near = relative(process.cwd(), place);
  return near.startsWith('..') ? place : near;
}
