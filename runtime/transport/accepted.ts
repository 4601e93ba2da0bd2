/**
 * The connections that other nodes dialed to us. What arrives on one is what that peer says;
 * nothing is ever said on it but the answer to its hello.
 */
import type { RawData } from 'ws';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { invariant } from '../../machines/protocol/invariant.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import { decodeFrame } from './codec.ts';
import type { Complaints } from './complaints.ts';
import {
  closeCodes,
  greeting,
  readHello,
  refusal,
  type HandshakeFault,
  type Identity,
} from './handshake.ts';

export type AcceptedOptions = Readonly<{
  self: Identity;
  peers: ReadonlySet<NodeId>;
  clock: Clock;
  complaints: Complaints;
  heard: (from: NodeId, messages: readonly Message[]) => void;
  /** That peer's own link to us has just passed the handshake. */
  arrived: (peer: NodeId) => void;
}>;

/** `ws` hands out a Buffer unless its `binaryType` is changed. */
export function frameBytes(data: RawData): Uint8Array {
  invariant(Buffer.isBuffer(data), 'a peer socket keeps the binary type of its birth');
  return data;
}

export function acceptedConnections(options: AcceptedOptions) {
  const { self, peers, clock, complaints, heard, arrived } = options;
  /** In the order they came. */
  const greetingAwaited = new Set<MessageSocket>();
  /** The newest of each peer; what an older one still says is not heard. */
  const current = new Map<NodeId, MessageSocket>();
  const open = new Set<MessageSocket>();

  let accepts = true;

  function accept(socket: MessageSocket): void {
    if (!accepts) return socket.terminate();
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // 'close' follows, and says all there is to say.
    socket.on('error', () => {});
    awaitHello(socket);
  }

  function awaitHello(socket: MessageSocket): void {
    greetingAwaited.add(socket);
    const patience = clock.setTimeout(() => {
      socket.close(closeCodes.silent, 'no hello in time');
    }, limits.handshakeTimeoutMs);
    const awaitNoMore = (): void => {
      clock.clearTimeout(patience);
      greetingAwaited.delete(socket);
    };
    socket.once('close', awaitNoMore);
    socket.once('message', (data, isBinary) => {
      awaitNoMore();
      // A hello that comes after we gave up must not take the place of a good connection.
      if (socket.readyState !== socket.OPEN) return;
      answerHello(socket, isBinary ? new Uint8Array() : frameBytes(data));
    });

    const [oldest] = greetingAwaited;
    if (greetingAwaited.size <= limits.peerHandshakesPendingMax || !oldest) return;
    greetingAwaited.delete(oldest);
    oldest.close(closeCodes.crowded, 'too many connections that do not greet');
  }

  function answerHello(socket: MessageSocket, frame: Uint8Array): void {
    const hello = readHello(frame, self, peers);
    if (!hello.ok) {
      socket.send(refusal(hello.fault));
      socket.close(closeCodes[hello.fault.code], hello.fault.code);
      complain(hello.from, hello.fault);
      return;
    }
    socket.send(greeting('welcome', self, hello.from));
    listen(hello.from, socket);
    arrived(hello.from);
  }

  function listen(peer: NodeId, socket: MessageSocket): void {
    const older = current.get(peer);
    current.set(peer, socket);
    older?.close(closeCodes.replaced, 'a newer connection took its place');

    // Only a frame that can be read shows that all is well: a peer that always greets and then
    // talks garbage would otherwise be in the log at each of its attempts.
    let isProven = false;
    let wasHeard = true;
    const watch = (): void => {
      if (!wasHeard) socket.terminate();
      wasHeard = false;
      alarm = clock.setTimeout(watch, limits.peerSilenceMsMax);
    };
    let alarm = clock.setTimeout(watch, limits.peerSilenceMsMax);

    socket.on('ping', () => {
      wasHeard = true;
    });
    socket.on('message', (data, isBinary) => {
      wasHeard = true;
      if (current.get(peer) !== socket) return;
      const decoded = isBinary
        ? decodeFrame(frameBytes(data))
        : ({ ok: false, reason: 'text' } as const);
      if (!decoded.ok) return throwOut(peer, socket, decoded.reason);
      if (!isProven) complaints.about(peer, 'link from', null);
      isProven = true;
      heard(peer, decoded.messages);
    });
    socket.on('close', () => {
      clock.clearTimeout(alarm);
      if (current.get(peer) === socket) current.delete(peer);
    });
  }

  function throwOut(peer: NodeId, socket: MessageSocket, reason: string): void {
    current.delete(peer);
    socket.close(closeCodes['peer-garbage'], `peer-garbage: ${reason}`);
    complaints.about(peer, 'link from', {
      code: 'peer-garbage',
      message: `it sent a frame that cannot be read (${reason}): run the same version of Quorate on both`,
    });
  }

  function complain(from: NodeId | null, fault: HandshakeFault): void {
    if (from !== null && peers.has(from)) complaints.about(from, 'link from', fault);
    else complaints.aboutStranger(fault);
  }

  async function close(): Promise<void> {
    accepts = false;
    current.clear();
    const ended = [...open].map((socket) => new Promise((done) => socket.once('close', done)));
    for (const socket of open) socket.close(closeCodes.goingAway);
    await Promise.all(ended);
  }

  return { accept, close };
}
