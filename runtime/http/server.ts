/**
 * A node's one door to everybody outside: clients and peers by WebSocket, people and tools by
 * HTTP, all on one port. It checks and translates; what it is asked goes to the node's service.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { limits as systemLimits } from '../../machines/protocol/limits.ts';
import type { Clock } from '../clock.ts';
import { ClientGateway } from '../gateway/client-gateway.ts';
import { doorLimits, type DoorLimits } from '../gateway/door-limits.ts';
import type { DoorLogger } from '../gateway/logger.ts';
import { newTally } from '../gateway/tally.ts';
import type { Inspector } from '../inspector/inspector.ts';
import type { ViewerDoor } from '../inspector/bridges/viewers.ts';
import type { NodeService } from '../service.ts';
import { announcesTooMuch } from './body.ts';
import { listen, type Address } from './listen.ts';
import { createMetrics } from './metrics.ts';
import { builtPage } from './page-files.ts';
import { replyOnSocket } from './reply.ts';
import { createRoutes } from './routes.ts';
import { createUpgrades, type OnPeer } from './upgrades.ts';
import { WaitingRoom } from './waiting-room.ts';

export type DoorOptions = Readonly<{
  listen: Address;
  service: NodeService;
  clock: Clock;
  logger: DoorLogger;
  onPeer: OnPeer;
  /** Null where nobody may look. */
  inspector?: Inspector | null;
  /** Where its page is, other than where it was built. */
  page?: string;
  /** Ways in for inspectors of other makers, by their path. */
  bridges?: ReadonlyMap<string, ViewerDoor>;
  /** Others than the system's own, for a test. */
  limits?: Partial<DoorLimits>;
}>;

export type Door = Readonly<{
  /** Where it listens, with the port that the system chose where 0 was asked for. */
  address: Address;
  /** Takes nobody any more, tells everyone to go, and cuts off who has not gone in time. */
  close: () => Promise<void>;
}>;

/** Rejects with a `QuorateError` (`port-in-use`, `address-unavailable`) if it cannot open. */
export async function createDoor(options: DoorOptions): Promise<Door> {
  const { service, clock, logger, onPeer, inspector = null, bridges = new Map() } = options;
  const limits = { ...doorLimits, ...options.limits };
  const tally = newTally();
  const room = new WaitingRoom(clock, limits);
  const server = createServer({
    noDelay: true,
    // A computer that vanished without a word is found out, if late, by the system.
    keepAlive: true,
    // Node's own patience, behind that of the waiting room.
    headersTimeout: limits.handshakeTimeoutMs,
    requestTimeout: limits.handshakeTimeoutMs,
    keepAliveTimeout: limits.handshakeTimeoutMs,
  });
  // Longer than any answer may take: for those who do not read theirs.
  server.timeout = systemLimits.proposalTimeoutMsMax + limits.handshakeTimeoutMs;
  const address = await listen(server, options.listen);

  const clients = new ClientGateway({ service, clock, logger, limits, tally });
  const upgrades = createUpgrades({ clients, inspector, bridges, onPeer, limits, logger, room });
  const metrics = createMetrics(service, tally);
  const answer = createRoutes({
    service,
    clock,
    limits,
    tally,
    metrics,
    room,
    page: inspector === null ? null : (options.page ?? builtPage),
  });

  server.on('connection', (socket) => room.enter(socket));
  server.on('request', answer);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!announcesTooMuch(request, limits.clientFrameBytesMax)) response.writeContinue();
    answer(request, response);
  });
  server.on('upgrade', upgrades.take);
  server.on('clientError', answerGarbage);
  server.on('error', (error) => logger.warn({ err: error }, 'the door had trouble'));
  logger.info({ ...address }, 'the door is open');

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const cutOff = clock.setTimeout(() => {
        clients.cutOff();
        upgrades.cutOff();
        server.closeAllConnections();
      }, limits.doorShutdownMs);
      server.close(() => {
        clock.clearTimeout(cutOff);
        resolve();
      });
      room.close();
      clients.sendAway();
      upgrades.sendAway();
    });

  let closing: Promise<void> | null = null;
  return { address, close: () => (closing ??= close()) };
}

/** What arrived is no HTTP, is too large a header, or took too long. */
function answerGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = garbageAnswers.get(error.code) ?? notHttp;
  replyOnSocket(socket, status, { code: 'bad-request', message });
}

const notHttp = [400, 'this is not HTTP; send an HTTP/1.1 request'] as const;
const garbageAnswers = new Map<string | undefined, readonly [status: number, message: string]>([
  ['HPE_HEADER_OVERFLOW', [431, 'the headers are too large; send fewer or shorter ones']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request did not come in time; send it in one go']],
]);
