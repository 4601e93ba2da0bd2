/** A callback that tells how far it has come, is told to pause, and cleans up behind itself. */
import { assign, fromCallback, sendTo, setup } from 'xstate';

export type Order = { type: 'PAUSE' } | { type: 'RESUME' };
export type News =
  | { type: 'transfer.progressed'; percent: number }
  | { type: 'transfer.paused' }
  | { type: 'transfer.resumed' }
  | { type: 'transfer.ended'; url: string }
  | { type: 'transfer.failed'; reason: string };

export const upload = setup({
  types: {
    context: {} as {
      file: string;
      percent: number;
      pauses: number;
      failures: readonly string[];
      url: string | null;
    },
    events: {} as
      | News
      | Order
      | { type: 'CHOOSE'; file: string }
      | { type: 'RETRY' }
      | { type: 'CANCEL' },
    tags: {} as 'transferring',
  },
  actors: {
    transfer: fromCallback<Order, { file: string; from: number }>(() => {
      throw new Error('no server is at hand');
    }),
  },
  actions: {
    progress: assign({
      percent: ({ context }, { percent }: { percent: number }) =>
        Math.max(context.percent, percent),
    }),
    tellTransfer: sendTo('transfer', (_, order: Order) => order),
  },
}).createMachine({
  id: 'upload',
  context: { file: '', percent: 0, pauses: 0, failures: [], url: null },
  initial: 'idle',
  states: {
    idle: {
      on: {
        CHOOSE: {
          target: 'uploading',
          actions: assign({ file: ({ event }) => event.file, percent: 0 }),
        },
      },
    },
    uploading: {
      tags: 'transferring',
      invoke: {
        src: 'transfer',
        id: 'transfer',
        input: ({ context }) => ({ file: context.file, from: context.percent }),
      },
      initial: 'flowing',
      on: {
        'transfer.progressed': {
          actions: { type: 'progress', params: ({ event }) => ({ percent: event.percent }) },
        },
        'transfer.ended': {
          target: 'uploaded',
          actions: assign({ url: ({ event }) => event.url, percent: 100 }),
        },
        'transfer.failed': {
          target: 'failed',
          actions: assign({
            failures: ({ context, event }) => [...context.failures, event.reason],
          }),
        },
        CANCEL: 'idle',
      },
      states: {
        flowing: {
          on: {
            PAUSE: { actions: { type: 'tellTransfer', params: { type: 'PAUSE' } } },
            'transfer.paused': 'paused',
          },
        },
        paused: {
          entry: assign({ pauses: ({ context }) => context.pauses + 1 }),
          on: {
            RESUME: { actions: { type: 'tellTransfer', params: { type: 'RESUME' } } },
            'transfer.resumed': 'flowing',
          },
          // Nobody may hold the line for ever.
          after: { 5_000: { actions: { type: 'tellTransfer', params: { type: 'RESUME' } } } },
        },
      },
    },
    failed: {
      on: { RETRY: 'uploading', CANCEL: 'idle' },
      after: { 800: 'uploading' },
    },
    uploaded: { type: 'final' },
  },
  output: ({ context }) => ({ url: context.url, failures: context.failures.length }),
});
