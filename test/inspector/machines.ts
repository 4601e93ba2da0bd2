/** What is looked at in these tests. */
import { assign, fromPromise, setup } from 'xstate';
import { replicated } from '../../machines/replica/replicated.ts';

type OrderEvent =
  | { type: 'ADD'; item: string; price: number }
  | { type: 'PAY'; amount: number }
  | { type: 'CANCEL' }
  | { type: 'NOTE'; card: string };

const order = setup({
  types: {
    context: {} as { items: readonly { item: string; price: number }[]; card: string | null },
    events: {} as OrderEvent,
  },
  guards: {
    isEnough: ({ context, event }) =>
      event.type === 'PAY' &&
      event.amount >= context.items.reduce((sum, { price }) => sum + price, 0),
  },
  actions: {
    add: assign({
      items: ({ context, event }) =>
        event.type === 'ADD'
          ? [...context.items, { item: event.item, price: event.price }]
          : context.items,
    }),
    note: assign({ card: ({ event }) => (event.type === 'NOTE' ? event.card : null) }),
  },
  actors: { ship: fromPromise(async () => 'shipped') },
}).createMachine({
  id: 'order',
  context: { items: [], card: null },
  initial: 'open',
  states: {
    open: {
      on: {
        ADD: { actions: 'add' },
        NOTE: { actions: 'note' },
        PAY: { guard: 'isEnough', target: 'paid' },
        CANCEL: 'cancelled',
      },
      after: { 3_600_000: 'cancelled' },
    },
    paid: { invoke: { id: 'ship', src: 'ship', onDone: 'shipped' } },
    shipped: { type: 'final' },
    cancelled: { type: 'final' },
  },
});

export const machines = { order: replicated(order) };

/** Card numbers are nobody's business. */
export function redact(value: unknown, where: { machine: string | null }): unknown {
  if (where.machine !== 'order') return value;
  return JSON.parse(
    JSON.stringify(value, (field, held: unknown) =>
      field === 'card' && held !== null ? '•••' : held,
    ),
  ) as unknown;
}
