/**
 * One node's view of a peer on behalf of its own viewers: while there are any, it is connected to
 * the peer as a viewer itself, and tries again whenever that ends.
 *
 *   hears    viewers.*   somebody wants to see the peer, or nobody any more
 *            socket.*    what our end of the connection noticed
 *   asks for dial, ping, hangUp, tellLost
 *   never    touches a socket or reads a clock
 */
import { assertEvent, assign, setup } from 'xstate';
import { limits } from './protocol/limits.ts';

export type RelayEvent =
  | Readonly<{ type: 'viewers.came' }>
  | Readonly<{ type: 'viewers.left' }>
  /** Its first word. */
  | Readonly<{ type: 'socket.welcomed' }>
  /** Any sign of life. */
  | Readonly<{ type: 'socket.heard' }>
  | Readonly<{ type: 'socket.closed'; reason: string }>
  /** It said what no node says here. */
  | Readonly<{ type: 'socket.garbled'; reason: string }>;

type RelayContext = Readonly<{
  /** Why there is no connection. */
  trouble: string | null;
  failures: number;
}>;

const doubledMs = (failures: number): number =>
  Math.min(limits.peerBackOffMsMin * 2 ** Math.min(failures, 16), limits.peerBackOffMsMax);

export const relayMachine = setup({
  types: { context: {} as RelayContext, events: {} as RelayEvent },
  actions: {
    // Provided by the runtime.
    dial: () => {},
    ping: () => {},
    hangUp: () => {},
    tellLost: () => {},

    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    noteTrouble: assign({ trouble: (_, { why }: { why: string }) => why }),
    noteReason: assign({
      trouble: ({ event }) => {
        assertEvent(event, ['socket.closed', 'socket.garbled']);
        return event.reason;
      },
    }),
    forget: assign({ trouble: null, failures: 0 }),
  },
  delays: {
    backOff: ({ context }) => doubledMs(context.failures),
    dialPatience: limits.peerDialPatienceMs,
    pingInterval: limits.peerPingIntervalMs,
    pingPatience: limits.peerPingPatienceMs,
  },
}).createMachine({
  id: 'relay',
  description: 'What this node shows of one peer, as long as somebody looks.',
  context: { trouble: null, failures: 0 },
  initial: 'idle',
  on: {
    // Somebody looks already.
    'viewers.came': {},
    // All of these may be said of a connection that is no more.
    'socket.welcomed': {},
    'socket.heard': {},
    'socket.closed': {},
    'socket.garbled': {},
  },
  states: {
    idle: {
      description: 'Nobody looks.',
      on: { 'viewers.came': 'dialing', 'viewers.left': {} },
    },
    dialing: {
      description: 'Waits for the peer to take the call, and for its first word.',
      entry: 'dial',
      after: {
        dialPatience: {
          target: 'waiting',
          actions: [
            'hangUp',
            { type: 'noteTrouble', params: { why: 'it did not take the call in time' } },
          ],
        },
      },
      on: {
        'socket.welcomed': 'open',
        'socket.closed': { target: 'waiting', actions: 'noteReason' },
        'socket.garbled': { target: 'waiting', actions: ['hangUp', 'noteReason'] },
        'viewers.left': { target: 'idle', actions: 'hangUp' },
      },
    },
    open: {
      description:
        'Hears what the peer tells of itself, and asks for a sign of life if it is quiet.',
      entry: 'forget',
      exit: 'tellLost',
      initial: 'heard',
      on: {
        'socket.closed': { target: 'waiting', actions: 'noteReason' },
        'socket.garbled': { target: 'waiting', actions: ['hangUp', 'noteReason'] },
        'viewers.left': { target: 'idle', actions: 'hangUp' },
      },
      states: {
        heard: {
          description: 'It gave a sign of life not long ago.',
          after: { pingInterval: 'asking' },
        },
        asking: {
          description: 'Asked for a sign of life.',
          entry: 'ping',
          after: { pingPatience: 'askingAgain' },
          on: { 'socket.heard': 'heard' },
        },
        askingAgain: {
          description: 'Asked a second time, in case it was this node that slept.',
          entry: 'ping',
          after: {
            pingPatience: {
              target: '#relay.waiting',
              actions: ['hangUp', { type: 'noteTrouble', params: { why: 'it fell silent' } }],
            },
          },
          on: { 'socket.heard': 'heard' },
        },
      },
    },
    waiting: {
      description: 'The last connection failed. The more of them did, the later comes the next.',
      entry: 'countFailure',
      after: { backOff: 'dialing' },
      on: { 'viewers.left': 'idle' },
    },
  },
});
