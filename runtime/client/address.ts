/** Where a node's clients connect. */

/** The ports that `quorate start` gives to its first three nodes. */
export const defaultUrls: readonly string[] = [7101, 7102, 7103].map(
  (port) => `ws://127.0.0.1:${port}/v1/client`,
);

/** The client door behind any address of a node: http or ws, with or without a path. */
export function clientUrl(address: URL): string {
  const socket = new URL(address);
  socket.protocol = address.protocol.replace(/^http/, 'ws');
  if (socket.pathname === '/') socket.pathname = '/v1/client';
  return socket.href;
}

/** The address as people know it, without protocol and path. */
export const hostOf = (url: string): string => new URL(url).host;
