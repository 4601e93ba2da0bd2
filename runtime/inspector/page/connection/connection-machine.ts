/**
 * The page's connection to its node: made, lost and made again, for as long as the page is open.
 * What is said over it does not pass through here: there is too much of it.
 */
import { assign, setup, type CallbackActorLogic, type EventObject } from 'xstate';

type ConnectionEvent =
  | Readonly<{ type: 'node.welcomed'; version: number }>
  | Readonly<{ type: 'socket.closed'; reason: string }>
  | Readonly<{ type: 'reader.retries' }>;

/** Of the protocol. */
const understoodVersion = 1;

/** Opens a socket as it starts, closes it as it is stopped. */
export type SocketLogic = CallbackActorLogic<EventObject>;

export const connectionMachine = setup({
  types: {
    context: {} as { failures: number; reason: string | null },
    events: {} as ConnectionEvent,
  },
  actors: {
    // Provided by the page.
    socket: {} as SocketLogic,
  },
  guards: {
    isUnderstood: ({ event }) =>
      event.type === 'node.welcomed' && event.version === understoodVersion,
  },
  actions: {
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0, reason: null }),
    noteReason: assign({
      reason: ({ event }) => (event.type === 'socket.closed' ? event.reason : null),
    }),
    noteSilence: assign({ reason: 'it does not answer' }),
  },
  delays: {
    welcomePatience: 8_000,
    backOff: ({ context }) => Math.min(250 * 2 ** context.failures, 4_000),
  },
}).createMachine({
  id: 'connection',
  context: { failures: 0, reason: null },
  initial: 'up',
  states: {
    up: {
      description: 'There is a socket, or one is being opened.',
      invoke: { id: 'socket', src: 'socket' },
      on: { 'socket.closed': { target: 'lost', actions: 'noteReason' } },
      initial: 'connecting',
      states: {
        connecting: {
          description: 'Waits for the node to welcome the page.',
          after: { welcomePatience: { target: '#connection.lost', actions: 'noteSilence' } },
          on: {
            'node.welcomed': [
              { guard: 'isUnderstood', target: 'live' },
              { target: '#connection.unfit' },
            ],
          },
        },
        live: {
          description: 'All that the page shows is up to date.',
          entry: 'forgetFailures',
        },
      },
    },
    lost: {
      description: 'The node is away. The page keeps what it knows, and tries again by itself.',
      entry: 'countFailure',
      after: { backOff: 'up' },
      on: { 'reader.retries': 'up' },
    },
    unfit: {
      description: 'The node speaks another version of the protocol: the page itself is too old.',
      on: { 'reader.retries': 'up' },
    },
  },
});
