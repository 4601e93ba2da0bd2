/** Parallel regions, one of them with a history: what is remembered must be the same everywhere. */
import { assign, setup } from 'xstate';
import type { ByHand, Load } from './load.ts';

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

type Playback = 'off' | { on: 'first' | { second: 'verse' | 'encore' } };
type Sound = Readonly<{ sound: 'audible' | 'mute'; volume: number }>;

const first: Playback = { on: 'first' };
const verse: Playback = { on: { second: 'verse' } };
const encore: Playback = { on: { second: 'encore' } };

/** Null: nothing. */
function played(from: Playback, remembered: Playback, word: string): Playback | null {
  if (from === 'off') return word === 'POWER' ? remembered : null;
  if (word === 'POWER') return 'off';
  if (word === 'SHUFFLE') return encore;
  if (word === 'NEXT') return from.on === 'first' ? verse : first;
  return null;
}

function heard({ sound, volume }: Sound, word: string): Sound | null {
  if (sound === 'mute') return word === 'MUTE' ? { sound: 'audible', volume: volume + 1 } : null;
  if (word === 'MUTE') return { sound: 'mute', volume };
  if (word === 'LOUDER') return volume < 3 ? { sound, volume: volume + 1 } : null;
  if (word !== 'SOFTER') return null;
  return { sound: volume > 1 ? 'audible' : 'mute', volume: volume - 1 };
}

const isAt = (place: Playback, leaf: string): boolean => JSON.stringify(place).includes(leaf);

const byHand: ByHand = {
  start: {
    value: { playback: 'off', sound: 'audible' },
    context: { played: 0, volume: 1 },
    memory: first,
  },
  take({ value, context, memory }, { type: word }) {
    const { playback, sound } = value as { playback: Playback; sound: Sound['sound'] };
    const { played: before, volume } = context as Context;
    const remembered = memory as Playback;
    const next = played(playback, remembered, word);
    const loud = heard({ sound, volume }, word);
    if (next === null && loud === null) return null;

    const isCounted = next !== null && (isAt(next, 'first') || isAt(next, 'encore'));
    const after = loud ?? { sound, volume };
    const place = next ?? playback;
    const isTooLoud = isAt(place, 'encore') && after.volume >= 3;
    return {
      value: { playback: isTooLoud ? verse : place, sound: after.sound },
      context: { played: before + (isCounted ? 1 : 0), volume: after.volume },
      memory: next === 'off' ? playback : remembered,
    };
  },
};

const words = ['POWER', 'NEXT', 'NEXT', 'SHUFFLE', 'LOUDER', 'SOFTER', 'MUTE'] as const;

export const player: Load = {
  name: 'player',
  machine,
  byHand,
  draw: (dice) => ({ type: dice.pick(words) }),
  flaw: ({ value }) =>
    typeof value === 'object' ? null : `not parallel: ${JSON.stringify(value)}`,
};
