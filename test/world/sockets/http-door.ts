/**
 * The node's HTTP answers to proposals and reads, for clients that come by simulated sockets. A
 * request is a frame, and so is its answer: what Node itself makes of the bytes is left out.
 */
import { newTally } from '../../../runtime/gateway/tally.ts';
import { answerProposal } from '../../../runtime/http/proposals.ts';
import { answerRead } from '../../../runtime/http/reads.ts';
import type { Response } from '../../../runtime/http/reply.ts';
import { splitTarget } from '../../../runtime/http/target.ts';
import type { MessageSocket } from '../../../runtime/message-socket.ts';
import type { NodeService } from '../../../runtime/service.ts';
import type { Host } from './network.ts';

/** `body` is null where one reads. */
export type HttpRequest = Readonly<{ target: string; body: object | null }>;
export type HttpAnswer = Readonly<{ status: number; body: object }>;

export function httpDoor(host: Host, service: NodeService): void {
  const surroundings = { service, clock: host.program.clock, tally: newTally() };
  host.listen('http', {
    accept(socket) {
      socket.on('error', () => {});
      socket.once('message', (data) => {
        const { target, body } = JSON.parse((data as Buffer).toString()) as HttpRequest;
        const response = responseOn(socket);
        if (body === null) answerRead(response, splitTarget(target), surroundings);
        else answerProposal(response, JSON.stringify(body), surroundings);
      });
    },
  });
}

function responseOn(socket: MessageSocket): Response {
  let sent: number | null = null;
  return {
    get destroyed() {
      return socket.readyState !== socket.OPEN;
    },
    get headersSent() {
      return sent !== null;
    },
    writeHead(status) {
      sent = status;
    },
    end(text) {
      socket.send(`{"status":${sent},"body":${text}}`);
    },
  };
}
