/** Parallel regions, one of them with a history: what is remembered must be the same everywhere. */
import { assign, setup } from 'xstate';
import type { Load } from './load.ts';

type Context = { played: number; volume: number };

const machine = setup({
  types: {
    context: {} as Context,
    events: {} as { type: 'POWER' | 'NEXT' | 'SHUFFLE' | 'LOUDER' | 'SOFTER' | 'MUTE' },
  },
  guards: {
    isLoudest: ({ context }) => context.volume >= 3,
    isSilent: ({ context }) => context.volume <= 0,
  },
  actions: {
    louder: assign({ volume: ({ context }) => context.volume + 1 }),
    softer: assign({ volume: ({ context }) => context.volume - 1 }),
    count: assign({ played: ({ context }) => context.played + 1 }),
  },
}).createMachine({
  id: 'player',
  context: { played: 0, volume: 1 },
  type: 'parallel',
  states: {
    playback: {
      initial: 'off',
      states: {
        off: { on: { POWER: 'on.before' } },
        on: {
          initial: 'first',
          on: { POWER: 'off', SHUFFLE: '.second.encore' },
          states: {
            before: { type: 'history', history: 'deep', target: 'first' },
            first: { entry: 'count', on: { NEXT: 'second' } },
            second: {
              initial: 'verse',
              on: { NEXT: 'first' },
              states: {
                verse: { on: { SHUFFLE: 'encore' } },
                encore: { entry: 'count', always: { guard: 'isLoudest', target: 'verse' } },
              },
            },
          },
        },
      },
    },
    sound: {
      initial: 'audible',
      states: {
        audible: {
          on: {
            LOUDER: [{ guard: 'isLoudest' }, { actions: 'louder' }],
            SOFTER: { actions: 'softer' },
            MUTE: 'mute',
          },
          always: { guard: 'isSilent', target: 'mute' },
        },
        mute: { on: { MUTE: { target: 'audible', actions: 'louder' } } },
      },
    },
  },
});

const words = ['POWER', 'NEXT', 'NEXT', 'SHUFFLE', 'LOUDER', 'SOFTER', 'MUTE'] as const;

export const player: Load = {
  name: 'player',
  machine,
  draw: (dice) => ({ type: dice.pick(words) }),
  flaw: ({ value }) =>
    typeof value === 'object' ? null : `not parallel: ${JSON.stringify(value)}`,
};
