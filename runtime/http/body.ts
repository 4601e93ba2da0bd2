/** Reads a request's body, up to a limit. */
import type { IncomingMessage } from 'node:http';

/** Known from the headers alone, before a byte of it was read. */
export const announcesTooMuch = ({ headers }: IncomingMessage, bytesMax: number): boolean =>
  Number(headers['content-length'] ?? 0) > bytesMax;

/**
 * `done` gets the body, or null where it is larger than that, as soon as it is known; then the
 * rest is read and thrown away, so that the client hears the answer rather than a broken pipe.
 * Never called for a request that is broken off.
 */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (body: string | null) => void,
): void {
  if (announcesTooMuch(request, bytesMax)) {
    request.resume();
    return done(null);
  }
  let chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    const wasTooMuch = bytes > bytesMax;
    bytes += chunk.length;
    if (wasTooMuch) return;
    chunks.push(chunk);
    if (bytes <= bytesMax) return;
    chunks = [];
    done(null);
  });
  request.on('end', () => {
    if (bytes <= bytesMax) done(Buffer.concat(chunks).toString());
  });
}
