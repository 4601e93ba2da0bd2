/**
 * The inspector's page: `GET /inspect/` and the files beside it, as they were built. The page needs
 * nothing from any other host, and is allowed nothing.
 */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { reply, type Problem } from './reply.ts';

export const pagePath = '/inspect/';

/** Beside this very module, whether it runs from dist or from its sources. */
const besideUs =
  extname(import.meta.url) === '.ts' ? '../../dist/runtime/inspector/page/' : '../inspector/page/';
export const builtPage = fileURLToPath(new URL(besideUs, import.meta.url));

const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.map', 'application/json'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

const headers = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** A name in that folder and no way out of it. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$/;

export async function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  folder: string,
): Promise<void> {
  const isBare = path === '/inspect';
  const name = path.slice(pagePath.length) || 'index.html';
  const type = contentTypes.get(extname(name));
  if (type === undefined || !fileName.test(name)) return missing(response, path);
  const file = `${folder}/${name}`;
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) {
    return name === 'index.html' ? notBuilt(response) : missing(response, path);
  }

  const etag = `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`;
  // Asked for again each time, and sent again only where it is another one.
  const told = { ...headers, etag, 'cache-control': 'no-cache', 'content-type': type };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, told);
    return void response.end();
  }
  if (isBare) {
    const page = fromBeside(await readFile(file, 'utf8'));
    response.writeHead(200, { ...told, 'content-length': Buffer.byteLength(page) });
    return void response.end(request.method === 'HEAD' ? undefined : page);
  }
  response.writeHead(200, { ...told, 'content-length': found.size });
  if (request.method === 'HEAD') return void response.end();
  // What cannot be read half-way ends the connection: the viewer sees that it is not whole.
  pipeline(createReadStream(file), response, () => {});
}

/** Its files are named as seen from `/inspect`, without a path, so that a proxy may put them anywhere. */
const fromBeside = (page: string): string =>
  page.replace(/(href|src)="([\w-]+\.\w+)"/g, '$1="inspect/$2"');

function missing(response: ServerResponse, path: string): void {
  const message = `there is nothing at ${path}; the inspector is at ${pagePath}`;
  reply(response, 404, { code: 'bad-request', message } satisfies Problem);
}

function notBuilt(response: ServerResponse): void {
  const message =
    'the files of the inspector are missing in this installation; install the package anew, or run `npm run build` in its sources';
  reply(response, 503, { code: 'not-ready', message } satisfies Problem);
}
