/** Answers over HTTP: JSON, always; a sentence and a code where something is wrong. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode, RefusalCode } from '../../machines/protocol/errors.ts';
import { inJson } from '../gateway/in-json.ts';

export type Problem = Readonly<{ code: ErrorCode; message: string }>;

type Headers = Readonly<Record<string, string>>;

/** What is used here of a response of Node's, and no more. */
export interface Response {
  readonly destroyed: boolean;
  readonly headersSent: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(text: string): unknown;
}

/** What nobody may keep: an instance has another state a moment later. */
const always: Headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** The status of each refusal. 422: it was understood and is not acceptable as it stands. */
export const statusOf: Readonly<Record<RefusalCode, number>> = {
  'not-running': 409,
  'unknown-machine': 422,
  'invalid-event': 422,
  'too-large': 413,
  overloaded: 429,
  unauthorized: 401,
  'machine-error': 422,
  'no-leader': 503,
  'shutting-down': 503,
  diverged: 503,
  'bad-request': 422,
};

export function reply(
  response: Response,
  status: number,
  body: object,
  headers: Headers = {},
): void {
  replyText(response, status, inJson(body), { ...headersFor(status), ...headers });
}

export function replyText(
  response: Response,
  status: number,
  text: string,
  headers: Headers,
): void {
  // Whoever asked may have left while the answer was on its way here.
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** The same on a bare socket, before or instead of any response object; then hangs up. */
export function replyOnSocket(socket: Duplex, status: number, problem: Problem): void {
  const text = JSON.stringify(problem);
  const headers = {
    ...headersFor(status),
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`);
}

const headersFor = (status: number): Headers =>
  status === 429 || status === 503 ? { ...always, 'retry-after': '1' } : always;
