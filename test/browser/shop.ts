/** The machine in the pictures of the README: an order, from its first item to the door. */
import { assign, setup } from 'xstate';

export const shopOrder = setup({
  types: {
    context: {} as { cents: number; items: readonly { name: string; cents: number }[] },
    events: {} as
      | { type: 'ADD'; name: string; cents: number }
      | { type: 'PAY'; cents: number }
      | { type: 'PACK' }
      | { type: 'SHIP' }
      | { type: 'CANCEL' },
  },
  guards: {
    isPaidInFull: ({ context, event }) =>
      event.type === 'PAY' &&
      context.cents + event.cents >= context.items.reduce((sum, { cents }) => sum + cents, 0),
  },
  actions: {
    addItem: assign({
      items: ({ context, event }) =>
        event.type === 'ADD'
          ? [...context.items, { name: event.name, cents: event.cents }]
          : context.items,
    }),
    keepPayment: assign({
      cents: ({ context, event }) =>
        event.type === 'PAY' ? context.cents + event.cents : context.cents,
    }),
  },
}).createMachine({
  id: 'order',
  description: 'An order of the shop, from its first item until it is on its way.',
  context: { cents: 0, items: [] },
  initial: 'open',
  states: {
    open: {
      description: 'Items are added until it is paid.',
      on: {
        ADD: { actions: 'addItem' },
        PAY: [
          { guard: 'isPaidInFull', target: 'paid', actions: 'keepPayment' },
          { actions: 'keepPayment' },
        ],
        CANCEL: 'cancelled',
      },
      after: { 86_400_000: 'cancelled' },
    },
    paid: {
      description: 'Packed and invoiced side by side.',
      type: 'parallel',
      on: { SHIP: 'shipped' },
      states: {
        parcel: { initial: 'waiting', states: { waiting: { on: { PACK: 'packed' } }, packed: {} } },
        invoice: {
          initial: 'due',
          states: { due: { after: { 30_000: 'sent' } }, sent: {} },
        },
      },
    },
    shipped: { type: 'final' },
    cancelled: { type: 'final' },
  },
});

export const machines = { order: shopOrder };
