/** Delays of all kinds: fixed, by name, and as long as the context says; and a way back after a power cut. */
import { assign, setup } from 'xstate';

export const trafficLight = setup({
  types: {
    context: {} as { isRushHour: boolean; rounds: number },
    events: {} as
      | { type: 'RUSH_HOUR.BEGINS' }
      | { type: 'RUSH_HOUR.ENDS' }
      | { type: 'POWER.OUT' }
      | { type: 'POWER.BACK' },
    tags: {} as 'go' | 'stop' | 'out of order',
  },
  delays: {
    green: ({ context }) => (context.isRushHour ? 4_000 : 2_000),
    blink: 500,
  },
  actions: {
    countRound: assign({ rounds: ({ context }) => context.rounds + 1 }),
  },
}).createMachine({
  id: 'trafficLight',
  context: { isRushHour: false, rounds: 0 },
  initial: 'working',
  on: {
    'RUSH_HOUR.BEGINS': { actions: assign({ isRushHour: true }) },
    'RUSH_HOUR.ENDS': { actions: assign({ isRushHour: false }) },
  },
  states: {
    working: {
      initial: 'green',
      on: { 'POWER.OUT': 'blinking' },
      states: {
        green: {
          tags: 'go',
          meta: { colour: '#0a0' },
          after: { green: 'yellow' },
        },
        yellow: {
          meta: { colour: '#fa0' },
          after: { 700: 'red' },
        },
        red: {
          tags: 'stop',
          meta: { colour: '#a00' },
          initial: 'walk',
          states: {
            walk: { after: { 1_000: 'hurry' } },
            hurry: { after: { 600: 'stay' } },
            stay: { type: 'final' },
          },
          onDone: { target: 'green', actions: 'countRound' },
        },
        asBefore: { type: 'history', history: 'deep' },
      },
    },
    blinking: {
      tags: 'out of order',
      initial: 'lit',
      on: { 'POWER.BACK': 'working.asBefore' },
      states: {
        lit: { after: { blink: 'dark' } },
        dark: { after: { blink: 'lit' } },
      },
    },
  },
});
