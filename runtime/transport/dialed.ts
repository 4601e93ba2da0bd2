/**
 * The connection that we dial to one peer, for all that we have to say to it. machines/link.ts
 * decides when to dial, ask and give up; this file has the socket, and does it.
 */
import { WebSocket } from 'ws';
import { createActor, type ActorRefFrom, type AnyActorRef, type StateValue } from 'xstate';
import {
  linkMachine,
  type HangUpReason,
  type LinkEvent,
  type Trouble,
} from '../../machines/link.ts';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import { frameBytes } from './accepted.ts';
import { encodeFrames } from './codec.ts';
import type { Complaints } from './complaints.ts';
import { closeCodes, greeting, readAnswer, type Identity } from './handshake.ts';

/** Begins to connect; the socket says how that ends. */
export type Dial = (address: URL) => MessageSocket;

export type DialedOptions = Readonly<{
  self: Identity;
  peer: NodeId;
  address: URL;
  dial: Dial;
  seed: number;
  clock: Clock;
  complaints: Complaints;
  opened: () => void;
  lost: () => void;
  parent?: AnyActorRef;
}>;

/** A link as `status` shows it. `state` is that of the link's chart. */
export type PeerStatus = Readonly<{
  id: NodeId;
  address: string;
  open: boolean;
  state: string;
  trouble: Trouble | null;
}>;

export type LinkActor = ActorRefFrom<typeof linkMachine>;

export type DialedLink = ReturnType<typeof dialedLink>;

const socketOptions = {
  perMessageDeflate: false,
  // A peer answers a greeting here and says nothing else.
  maxPayload: limits.peerHelloBytesMax,
  closeTimeout: 1_000,
  // Masking keeps scripts in browsers from writing what they like on a wire; no script speaks
  // here, and a mask of zeros spares both nodes a pass over every byte.
  generateMask: (mask: Buffer) => mask.fill(0),
};

export const dialWebSocket: Dial = (address) => new WebSocket(address, socketOptions);

/** Nodes that start together dial before all of them listen. So often that is no trouble yet. */
const failuresOnStarting = 4;

const closeCodeOf = (trouble: Trouble | null): number =>
  (trouble && new Map<string, number>(Object.entries(closeCodes)).get(trouble.code)) ??
  closeCodes['peer-garbage'];

/** The state of the chart in one word; why the two are apart is the better word. */
function wordFor(value: StateValue): string {
  if (typeof value === 'string') return value;
  return typeof value['apart'] === 'string' ? value['apart'] : (Object.keys(value)[0] ?? '');
}

export function dialedLink(options: DialedOptions) {
  const { self, peer, address, seed, clock, complaints, opened, lost, parent } = options;

  /** The one connection that the chart knows of. What others still say is not passed on. */
  let connection: MessageSocket | null = null;
  /** Set while the chart calls the link open, so that sending need not ask it. */
  let carry: ((frame: Uint8Array) => void) | null = null;

  let wasOpen = false;

  const actor = createActor(
    linkMachine.provide({
      actions: {
        dial,
        greet: () => connection?.send(greeting('hello', self, peer)),
        ping: () => connection?.ping(),
        hangUp: ({ context }, { why }) => hangUp(why, context.trouble),
        tellOpened: () => {
          carry = connection && carrierOn(connection);
          wasOpen = true;
          opened();
        },
        tellLost: () => {
          carry = null;
          lost();
        },
      },
    }),
    {
      id: `${self.node}/link/${peer}`,
      input: { random: { seed } },
      clock: {
        setTimeout: (ring: () => void, delayMs: number) => clock.setTimeout(ring, delayMs),
        clearTimeout: (alarm: unknown) => clock.clearTimeout(alarm),
      },
      ...(parent && { parent }),
    },
  );

  function report(from: MessageSocket, event: LinkEvent): void {
    if (connection === from) actor.send(event);
  }

  function dial(): void {
    const dialed = options.dial(address);
    let failure = '';
    connection = dialed;
    dialed.on('open', () => report(dialed, { type: 'socket.opened' }));
    dialed.on('pong', () => report(dialed, { type: 'socket.heard' }));
    // 'close' always follows, without the reason. Where a name has several addresses and none
    // answers, the message is empty.
    dialed.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.message || error.code || error.name;
    });
    dialed.on('close', (code, reason) => {
      const said = reason.length > 0 ? `${code} ${reason.toString()}` : String(code);
      report(dialed, { type: 'socket.closed', reason: failure || `it hung up (${said})` });
    });
    dialed.once('message', (data, isBinary) => {
      const answer = readAnswer(isBinary ? new Uint8Array() : frameBytes(data), self, peer);
      dialed.on('message', () => {
        report(dialed, { type: 'socket.garbled', reason: 'it spoke where it may only listen' });
      });
      switch (answer.type) {
        case 'welcomed':
          return report(dialed, { type: 'peer.welcomed' });
        case 'refused':
          return report(dialed, { type: 'peer.refused', trouble: answer.fault });
        case 'unfit':
          return report(dialed, { type: 'peer.unfit', trouble: answer.fault });
      }
    });
  }

  function hangUp(why: HangUpReason, trouble: Trouble | null): void {
    const ended = connection;
    connection = null;
    switch (why) {
      case 'noAnswer':
      case 'silent':
      case 'overflowed':
        return ended?.terminate();
      case 'unfit':
        return ended?.close(closeCodeOf(trouble));
      case 'garbled':
        return ended?.close(closeCodes['peer-garbage']);
      case 'refused':
      case 'closing':
        return ended?.close(closeCodes.goingAway);
    }
  }

  function carrierOn(open: MessageSocket): (frame: Uint8Array) => void {
    let isStuck = false;
    // A slow peer may take longer to come to our ping than we wait for its pong.
    const flushed = (error?: Error | null): void => {
      if (error || !isStuck) return;
      isStuck = open.bufferedAmount > 0;
      report(open, { type: 'socket.heard' });
    };
    return (frame) => {
      if (open.bufferedAmount + frame.length > limits.peerBacklogBytesMax) {
        carry = null;
        // Whoever sends is in the midst of something, and must not hear of a lost link there.
        clock.soon(() => report(open, { type: 'socket.overflowed' }));
        return;
      }
      open.send(frame, flushed);
      // What the system takes at once is not seen here: this much waits for the peer.
      isStuck ||= open.bufferedAmount > 0;
    };
  }

  actor.subscribe(({ context: { trouble, failures } }) => {
    if (!wasOpen && trouble?.code === 'peer-unreachable' && failures <= failuresOnStarting) return;
    // Well is what lasts: a link that is lost again at once is not worth a line each time.
    if (trouble !== null || failures === 0) complaints.about(peer, 'link to', trouble);
  });

  return {
    actor,
    start: () => actor.start(),

    send(messages: readonly Message[]): void {
      if (carry === null) return;
      const { frames, unsendable } = encodeFrames(messages);
      for (const { kind } of unsendable) complaints.aboutOurselves(peer, kind);
      for (const frame of frames) carry?.(frame);
    },

    /** That peer's own link to us has just passed the handshake. */
    arrived: () => actor.send({ type: 'peer.arrived' }),

    status(): PeerStatus {
      const { value, context } = actor.getSnapshot();
      return {
        id: peer,
        address: address.origin,
        open: carry !== null,
        state: wordFor(value),
        trouble: context.trouble,
      };
    },

    close(): Promise<void> {
      const ending = connection;
      const ended = new Promise<void>((done) => {
        if (ending === null || ending.readyState === ending.CLOSED) done();
        else ending.once('close', () => done());
      });
      actor.send({ type: 'operator.closes' });
      return ended;
    },
  };
}
