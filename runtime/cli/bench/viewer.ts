/** Somebody who looks at the leader's inspector while the cluster is measured. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { feedPath } from '../../inspector/protocol.ts';
import type { FromViewer } from '../../inspector/question-protocol.ts';

export async function lookAt(clientUrl: string): Promise<() => void> {
  const url = new URL(clientUrl);
  url.pathname = feedPath;
  const socket = new WebSocket(url);
  const opened = once(socket, 'open');
  const [welcome] = (await once(socket, 'message')) as [Buffer];
  await opened;
  const node = nodeIn(welcome.toString());
  const say = (message: FromViewer): void => socket.send(JSON.stringify(message));
  say({ type: 'watch-proposals', node });
  say({ type: 'watch', actor: node });
  // Read and thrown away, as by a page that keeps up.
  socket.on('message', () => {});
  return () => socket.terminate();
}

function nodeIn(frame: string): string {
  const parsed = JSON.parse(frame) as { node: string } | readonly { node: string }[];
  const [welcome] = Array.isArray(parsed) ? parsed : [parsed];
  return String(welcome?.node);
}
