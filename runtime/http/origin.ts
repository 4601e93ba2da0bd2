/**
 * Keeps strangers' web pages out. A browser lets any page open WebSockets and send forms to any
 * address its user can reach, this node's included, but says which page it was. Programs that are
 * not browsers say nothing and pass.
 */
import type { IncomingMessage } from 'node:http';
import type { Problem } from './reply.ts';

/** Null if the request may go on. */
export function refusalOfPage({ headers }: IncomingMessage): Problem | null {
  const { origin, host } = headers;
  if (origin === undefined) return null;
  const page = hostnameOf(origin);
  const own = host === undefined ? null : hostnameOf(`http://${host}`);
  if (page !== null && (isLoopback(page) || page === own)) return null;
  return {
    code: 'unauthorized',
    message: `pages of ${origin} may not use this node; open one that the node itself or this computer serves`,
  };
}

const hostnameOf = (address: string): string | null =>
  URL.canParse(address) ? new URL(address).hostname : null;

/** The machine the browser itself runs on: nobody can publish a page there for others. */
const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);
