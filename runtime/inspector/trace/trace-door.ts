/** The inspector's page and its feed for one trace, on a port of this computer. */
import { createServer } from 'node:http';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { limits } from '../../../machines/protocol/limits.ts';
import { inJson } from '../../gateway/in-json.ts';
import { closeCodes } from '../../gateway/outbox.ts';
import { listen, type Address } from '../../http/listen.ts';
import { refusalOfPage } from '../../http/origin.ts';
import { answerPage, builtPage } from '../../http/page-files.ts';
import { replyOnSocket } from '../../http/reply.ts';
import { splitTarget } from '../../http/target.ts';
import { feedPath, type FromNode } from '../protocol.ts';
import { understandViewer } from '../viewer-schema.ts';
import { traceViewer } from './trace-viewer.ts';
import type { Trace } from './trace.ts';

export type TraceDoor = Readonly<{ port: number; close(): Promise<void> }>;

type About = Readonly<{ trace: Trace; name: string; release: string }>;

/** Rejects with `port-in-use` or `address-unavailable`. */
export async function openTraceDoor(address: Address, about: About): Promise<TraceDoor> {
  const server = createServer((request, response) => {
    const { path } = splitTarget(request.url ?? '');
    void answerPage(request, response, path === '/' ? '/inspect' : path, builtPage);
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.viewerFrameBytesMax });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const { path } = splitTarget(request.url ?? '');
    const refusal = refusalOfPage(request);
    if (refusal !== null) return replyOnSocket(socket, 403, refusal);
    if (path !== feedPath) {
      const message = `there is no WebSocket at ${path}; the feed is at ${feedPath}`;
      return replyOnSocket(socket, 404, { code: 'bad-request', message });
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => show(webSocket, about));
  });
  const { port } = await listen(server, address);

  return {
    port,
    close: () =>
      new Promise((resolve) => {
        for (const viewer of sockets.clients)
          viewer.close(closeCodes.goingAway, 'the trace is closed');
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function show(webSocket: WebSocket, about: About): void {
  const viewer = traceViewer(about);
  const tell = (told: readonly FromNode[]): void => {
    if (told.length > 0) webSocket.send(`[${told.map(inJson).join(',')}]`);
  };
  webSocket.on('error', () => webSocket.terminate());
  webSocket.on('message', (data: RawData, isBinary) => {
    const heard = isBinary ? '' : (data as Buffer).toString();
    for (const message of understandViewer(heard)) {
      if (message.type === 'misunderstood') tell([{ ...message, type: 'refused' }]);
      else tell(viewer.hear(message));
    }
  });
  tell(viewer.welcome());
}
