/**
 * One connection that this node dials to one peer, and dials again whenever it ends.
 *
 *   hears    socket.*    what our end of the connection noticed
 *            peer.*      what the other node decided, or that it came to us
 *            operator.*  the node stops
 *   asks for dial, greet, ping, hangUp, tellOpened, tellLost
 *   never    touches a socket, reads a clock, rolls a die
 *
 * Whatever was asked for on one connection ends with it: the runtime passes on nothing
 * that a connection says after its `hangUp`.
 */
import { assertEvent, assign, setup } from 'xstate';
import type { FaultCode } from './protocol/errors.ts';
import { limits } from './protocol/limits.ts';
import { drawInteger, type RandomState } from './rules/random.ts';

/** Why there is no link, for people and for `status`. */
export type Trouble = Readonly<{ code: FaultCode; message: string }>;

/** Why we end a connection ourselves. */
export type HangUpReason =
  | 'noAnswer'
  | 'refused'
  | 'unfit'
  | 'silent'
  | 'overflowed'
  | 'garbled'
  | 'closing';

export type LinkEvent =
  | Readonly<{ type: 'socket.opened' }>
  | Readonly<{ type: 'socket.closed'; reason: string }>
  /** A sign of life: a pong, or bytes that had been stuck moved on, so somebody takes them. */
  | Readonly<{ type: 'socket.heard' }>
  /** More waits unsent than may wait for one peer. */
  | Readonly<{ type: 'socket.overflowed' }>
  /** The other end said what no peer says here. */
  | Readonly<{ type: 'socket.garbled'; reason: string }>
  | Readonly<{ type: 'peer.welcomed' }>
  /** It does not want us. */
  | Readonly<{ type: 'peer.refused'; trouble: Trouble }>
  /** We do not want it: it is not who or what we dialed. */
  | Readonly<{ type: 'peer.unfit'; trouble: Trouble }>
  /** Its own link to us passed the handshake just now, so it is up. */
  | Readonly<{ type: 'peer.arrived' }>
  | Readonly<{ type: 'operator.closes' }>;

type LinkContext = Readonly<{
  random: RandomState;
  /** Dialings in a row that came to nothing. */
  failures: number;
  /** How long the present wait lasts. */
  backOffMs: number;
  trouble: Trouble | null;
}>;

const unreachable = (message: string): Trouble => ({ code: 'peer-unreachable', message });

const doubledMs = (failures: number): number =>
  // 2 ** 16 is far beyond the cap; more would only risk Infinity.
  Math.min(limits.peerBackOffMsMin * 2 ** Math.min(failures, 16), limits.peerBackOffMsMax);

/** Half of a wait is fixed and half is chance, so that nodes that failed together part ways. */
function drawWait(
  random: RandomState,
  aroundMs: number,
): Pick<LinkContext, 'random' | 'backOffMs'> {
  const [backOffMs, next] = drawInteger(random, Math.ceil(aroundMs / 2), aroundMs);
  return { random: next, backOffMs };
}

export const linkMachine = setup({
  types: {
    context: {} as LinkContext,
    events: {} as LinkEvent,
    input: {} as { random: RandomState },
  },
  actions: {
    // Provided by the runtime.
    dial: () => {},
    greet: () => {},
    ping: () => {},
    hangUp: (_step, _params: { why: HangUpReason }) => {},
    tellOpened: () => {},
    tellLost: () => {},

    drawBackOff: assign(({ context }) => ({
      ...drawWait(context.random, doubledMs(context.failures)),
      failures: context.failures + 1,
    })),
    drawRefusedBackOff: assign(({ context }) =>
      drawWait(context.random, limits.peerRefusedBackOffMs),
    ),
    // Each is written so that the chart below is plain data, which other tools can read.
    noteUnreachable: assign({ trouble: (_, message: string) => unreachable(message) }),
    noteTold: assign(({ event }) => {
      assertEvent(event, ['peer.refused', 'peer.unfit']);
      return { trouble: event.trouble };
    }),
    noteGarbled: assign(({ event }): Pick<LinkContext, 'trouble'> => {
      assertEvent(event, 'socket.garbled');
      return { trouble: { code: 'peer-garbage', message: event.reason } };
    }),
    noteClosed: assign(({ event }) => {
      assertEvent(event, 'socket.closed');
      return { trouble: unreachable(event.reason) };
    }),
    forgetTrouble: assign({ trouble: null }),
    forgetFailures: assign({ failures: 0 }),
  },
  delays: {
    backOff: ({ context }) => context.backOffMs,
    dialPatience: limits.peerDialPatienceMs,
    dialUsual: limits.peerDialUsualMs,
    pingInterval: limits.peerPingIntervalMs,
    pingPatience: limits.peerPingPatienceMs,
  },
}).createMachine({
  id: 'link',
  description: 'A connection that this node dials to one peer, and dials again whenever it ends.',
  context: ({ input }) => ({ random: input.random, failures: 0, backOffMs: 0, trouble: null }),
  initial: 'dialing',
  on: {
    'operator.closes': {
      target: '.closed',
      actions: { type: 'hangUp', params: { why: 'closing' } },
    },
    // A sign of life is news only where we asked for one.
    'socket.heard': {},
    // That it is up is news only where we wait.
    'peer.arrived': {},
  },
  states: {
    apart: {
      description: 'There is no connection.',
      on: {
        // It is up, and passes our checks, so we may well pass its checks.
        'peer.arrived': 'dialing',
        // We have hung up already, so these are about a connection that is no more.
        'socket.opened': {},
        'socket.closed': {},
        'socket.overflowed': {},
        'socket.garbled': {},
        'peer.welcomed': {},
        'peer.refused': {},
        'peer.unfit': {},
      },
      initial: 'waiting',
      states: {
        waiting: {
          description:
            'The last connection failed. The more of them did, the later comes the next.',
          entry: 'drawBackOff',
          after: { backOff: '#link.dialing' },
        },
        refused: {
          description: 'One node refused the other. Waits for somebody to put that right.',
          entry: 'drawRefusedBackOff',
          after: { backOff: '#link.dialing' },
        },
      },
    },
    dialing: {
      description: 'Waits for the peer to take the call: TCP, TLS and the WebSocket upgrade.',
      entry: 'dial',
      after: {
        dialPatience: {
          target: 'apart.waiting',
          actions: [
            { type: 'hangUp', params: { why: 'noAnswer' } },
            { type: 'noteUnreachable', params: 'it did not take the call in time' },
          ],
        },
      },
      on: {
        'socket.opened': 'greeting',
        'socket.closed': { target: 'apart.waiting', actions: 'noteClosed' },
        // None of these can be said before there is somebody at the other end.
        'socket.overflowed': {},
        'socket.garbled': {},
        'peer.welcomed': {},
        'peer.refused': {},
        'peer.unfit': {},
      },
      initial: 'calling',
      states: {
        calling: {
          description: 'The call went out just now.',
          after: { dialUsual: 'overdue' },
        },
        overdue: {
          description: 'Nobody took the call yet. Perhaps it went out while the peer was away.',
          on: {
            'peer.arrived': {
              target: '#link.dialing',
              reenter: true,
              actions: { type: 'hangUp', params: { why: 'noAnswer' } },
            },
          },
        },
      },
    },
    greeting: {
      description: 'We said who we are and whom we want. Waits for the answer.',
      entry: 'greet',
      after: {
        dialPatience: {
          target: 'apart.waiting',
          actions: [
            { type: 'hangUp', params: { why: 'noAnswer' } },
            { type: 'noteUnreachable', params: 'it did not answer our greeting in time' },
          ],
        },
      },
      on: {
        'peer.welcomed': 'open',
        'peer.refused': {
          target: 'apart.refused',
          actions: [{ type: 'hangUp', params: { why: 'refused' } }, 'noteTold'],
        },
        'peer.unfit': {
          target: 'apart.refused',
          actions: [
            // First, since the other end is told the code of the trouble as we hang up.
            'noteTold',
            { type: 'hangUp', params: { why: 'unfit' } },
          ],
        },
        'socket.closed': { target: 'apart.waiting', actions: 'noteClosed' },
        // An upgrade happens once.
        'socket.opened': {},
        // Nothing but the greeting has been sent.
        'socket.overflowed': {},
        // The runtime judges the answer as a whole: it is welcome, refusal, or unfit.
        'socket.garbled': {},
      },
    },
    open: {
      description: 'Carries messages, and asks for a sign of life from time to time.',
      entry: ['forgetTrouble', 'tellOpened'],
      exit: 'tellLost',
      initial: 'heard',
      on: {
        'socket.closed': { target: 'apart.waiting', actions: 'noteClosed' },
        'socket.overflowed': {
          target: 'apart.waiting',
          actions: [
            { type: 'hangUp', params: { why: 'overflowed' } },
            { type: 'noteUnreachable', params: 'it takes messages too slowly' },
          ],
        },
        'socket.garbled': {
          target: 'apart.waiting',
          actions: [{ type: 'hangUp', params: { why: 'garbled' } }, 'noteGarbled'],
        },
        // The handshake is over, and there is one for each connection.
        'socket.opened': {},
        'peer.welcomed': {},
        'peer.refused': {},
        'peer.unfit': {},
      },
      states: {
        heard: {
          description: 'The peer gave a sign of life not long ago.',
          after: { pingInterval: 'asking' },
        },
        asking: {
          description: 'Asked the peer for a sign of life.',
          entry: 'ping',
          after: { pingPatience: 'askingAgain' },
          // A link that has lasted until here was worth dialing: the next may be dialed soon.
          on: { 'socket.heard': { target: 'heard', actions: 'forgetFailures' } },
        },
        askingAgain: {
          // A process that was itself asleep rings its alarms before it reads what had arrived
          // meanwhile. Without this second patience it would give up every link on waking.
          description: 'Asked a second time. With no answer to this either, the peer is gone.',
          entry: 'ping',
          after: {
            pingPatience: {
              target: '#link.apart.waiting',
              actions: [
                { type: 'hangUp', params: { why: 'silent' } },
                { type: 'noteUnreachable', params: 'it fell silent' },
              ],
            },
          },
          on: { 'socket.heard': { target: 'heard', actions: 'forgetFailures' } },
        },
      },
    },
    closed: {
      description: 'The node stops. Nothing is dialed any more.',
      type: 'final',
    },
  },
});
