/** An order in its first, second and third definition. */
import { assign, setup, type AnyStateMachine } from 'xstate';
import { replicated, type Replicated } from '../../../machines/replica/replicated.ts';

type Event =
  | { type: 'PAY'; cents: number }
  | { type: 'SHIP' }
  | { type: 'WAIT' }
  | { type: 'RETURN' };

const base = setup({
  types: { context: {} as { cents: number }, events: {} as Event },
  actions: {
    pay: assign({
      cents: ({ context, event }) => context.cents + (event.type === 'PAY' ? event.cents : 0),
    }),
  },
});

/** Waits a second before it gives up. */
export const first: AnyStateMachine = base.createMachine({
  id: 'order',
  context: { cents: 0 },
  initial: 'open',
  states: {
    open: { on: { PAY: { target: 'paid', actions: 'pay' }, WAIT: 'waiting' } },
    waiting: { after: { 1000: 'lost' }, on: { PAY: { target: 'paid', actions: 'pay' } } },
    lost: {},
    paid: { on: { SHIP: 'shipped' } },
    shipped: { type: 'final' },
  },
});

/** What was shipped may be returned; all that the first one has is there as well. */
export const second: AnyStateMachine = base.createMachine({
  id: 'order',
  context: { cents: 0 },
  initial: 'open',
  states: {
    open: { on: { PAY: { target: 'paid', actions: 'pay' }, WAIT: 'waiting' } },
    waiting: { after: { 1000: 'lost' }, on: { PAY: { target: 'paid', actions: 'pay' } } },
    lost: {},
    paid: { on: { SHIP: 'shipped', RETURN: 'returned' } },
    shipped: { type: 'final' },
    returned: { type: 'final' },
  },
});

/** Calls `paid` otherwise, and counts whole euros. */
export const third: AnyStateMachine = setup({
  types: { context: {} as { euros: number }, events: {} as Event },
}).createMachine({
  id: 'order',
  context: { euros: 0 },
  initial: 'open',
  states: {
    open: { on: { WAIT: 'waiting' } },
    waiting: { after: { 1000: 'lost' } },
    lost: {},
    settled: { on: { SHIP: 'shipped' } },
    shipped: { type: 'final' },
    returned: { type: 'final' },
  },
});

export const v1: Replicated = replicated(first);
export const v2: Replicated = replicated(second, { upgrades: first });
export const v3: Replicated = replicated(third, {
  upgrades: v2,
  migrate: ({ value, context }) => ({
    value: value === 'paid' ? 'settled' : value,
    context: { euros: Math.floor((context as { cents: number }).cents / 100) },
  }),
});
/** Knows no better than the second, and leaves those who have paid nowhere. */
export const v3Careless: Replicated = replicated(third, { upgrades: v2 });
