/** Every HTTP request but upgrades: which path takes which method, and what it answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../machines/protocol/errors.ts';
import type { Clock } from '../clock.ts';
import type { DoorLimits } from '../gateway/door-limits.ts';
import type { Tally } from '../gateway/tally.ts';
import { feedPath } from '../inspector/protocol.ts';
import type { NodeService } from '../service.ts';
import { readBody } from './body.ts';
import type { Metrics } from './metrics.ts';
import { refusalOfPage } from './origin.ts';
import { answerProposal } from './proposals.ts';
import { answerRead } from './reads.ts';
import { answerPage, pagePath } from './page-files.ts';
import { reply, replyText, type Problem } from './reply.ts';
import { splitTarget, type Target } from './target.ts';
import type { WaitingRoom } from './waiting-room.ts';

export type RoutesOptions = Readonly<{
  service: NodeService;
  clock: Clock;
  limits: DoorLimits;
  tally: Tally;
  metrics: Metrics;
  room: WaitingRoom;
  /** Where the inspector's page is; null where there is no inspector. */
  page: string | null;
}>;

type Route = Readonly<{
  /** HEAD goes wherever GET does; Node leaves the body out by itself. */
  method: 'GET' | 'POST';
  answer: (
    response: ServerResponse,
    target: Target,
    body: string,
    request: IncomingMessage,
  ) => void;
}>;

const machinesPath = '/v1/machines/';

export function createRoutes(options: RoutesOptions) {
  const { service, metrics, limits, room, page } = options;
  const get = (answer: Route['answer']): Route => ({ method: 'GET', answer });

  const routes = new Map<string, Route>([
    ['/v1/health/live', get((response) => reply(response, 200, { live: true }))],
    ['/v1/health/ready', get((response) => answerReady(response, service))],
    ['/v1/status', get((response) => reply(response, 200, service.status()))],
    ['/metrics', get((response) => void answerMetrics(response, metrics))],
    ['/v1/client', get(answerUpgradeRequired)],
    ['/v1/peer', get(answerUpgradeRequired)],
    ...(page === null ? [] : [[feedPath, get(answerUpgradeRequired)] as const]),
    [
      '/v1/proposals',
      { method: 'POST', answer: (response, _, body) => answerProposal(response, body, options) },
    ],
  ]);
  const instance = get((response, target) => answerRead(response, target, options));
  const inspector = get(
    (response, { path }, _, request) => void answerPage(request, response, path, page ?? ''),
  );
  const isOfPage = (path: string): boolean =>
    page !== null && (path === '/inspect' || path.startsWith(pagePath));
  const routeTo = (path: string): Route | undefined =>
    routes.get(path) ??
    (path.startsWith(machinesPath) ? instance : isOfPage(path) ? inspector : undefined);

  return (request: IncomingMessage, response: ServerResponse): void => {
    const target = splitTarget(request.url ?? '');
    const { path } = target;
    const route = routeTo(path);
    const { socket } = request;
    if (route?.method !== 'POST' || request.method !== 'POST') serve(room, socket, response);

    if (!route) {
      return replyProblem(response, 404, 'bad-request', `there is nothing at ${path}`);
    }
    if (!takes(route, request.method)) return answerMethod(response, route, request.method);
    if (route.method === 'GET') return route.answer(response, target, '', request);

    const refusal = refusalOfPage(request);
    if (refusal) return reply(response, 403, refusal);
    room.renew(socket);
    readBody(request, limits.clientFrameBytesMax, (body) => {
      if (body === null) return answerTooLarge(response, limits.clientFrameBytesMax);
      serve(room, socket, response);
      route.answer(response, target, body, request);
    });
  };
}

/** The request is complete: until it is answered, its socket is not one of those that wait. */
function serve(room: WaitingRoom, socket: Socket, response: ServerResponse): void {
  room.beginRequest(socket);
  response.once('close', () => room.endRequest(socket));
}

const takes = ({ method }: Route, asked: string | undefined): boolean =>
  asked === method || (asked === 'HEAD' && method === 'GET');

function answerReady(response: ServerResponse, service: NodeService): void {
  const reason = service.notReadyBecause();
  if (reason === null) return reply(response, 200, { ready: true });
  const problem: Problem = { code: 'not-ready', message: reason };
  reply(response, 503, { ready: false, reason, ...problem });
}

async function answerMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  replyText(response, 200, await metrics.scrape(), { 'content-type': metrics.contentType });
}

function answerUpgradeRequired(response: ServerResponse): void {
  const problem: Problem = {
    code: 'bad-request',
    message: 'this path speaks WebSocket alone; ask for an upgrade, or use the HTTP paths',
  };
  reply(response, 426, problem, { connection: 'upgrade, close', upgrade: 'websocket' });
}

function answerMethod(response: ServerResponse, route: Route, asked = ''): void {
  const allow = route.method === 'GET' ? 'GET, HEAD' : route.method;
  const message = `${asked} means nothing here; send ${route.method}`;
  reply(response, 405, { code: 'bad-request', message } satisfies Problem, { allow });
}

const answerTooLarge = (response: ServerResponse, bytesMax: number): void =>
  replyProblem(response, 413, 'too-large', `the body is too large; send at most ${bytesMax} bytes`);

function replyProblem(
  response: ServerResponse,
  status: number,
  code: ErrorCode,
  message: string,
): void {
  reply(response, status, { code, message } satisfies Problem);
}
