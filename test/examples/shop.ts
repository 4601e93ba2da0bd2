/** Machines whose instances send to each other: an order, what is in stock, and who pays. */
import { assign, fromPromise, setup } from 'xstate';
import { sendToInstance } from '../../machines/replica/sending.ts';

type Key = Readonly<{ order: string }>;
type Payment = Key & Readonly<{ cents: number }>;

/** To the book of all orders; counted, so that one lost, repeated or out of turn shows. */
const note = (what: string) =>
  sendToInstance<OrderContext, OrderEvent>({ machine: 'book', key: 'all' }, ({ context }) => ({
    type: 'NOTE',
    order: context.order,
    line: `${context.noted} ${what}`,
  }));

type OrderContext = Readonly<{ order: string; item: string; cents: number; noted: number }>;
type OrderEvent =
  | { type: 'PLACE'; order: string; item: string; cents: number }
  | { type: 'stock.reserved' }
  | { type: 'stock.soldOut' }
  | { type: 'payment.charged'; receipt: string }
  | { type: 'payment.declined'; reason: string };

export const order = setup({
  types: { context: {} as OrderContext, events: {} as OrderEvent },
  actions: {
    reserve: sendToInstance(
      { machine: 'stock', key: ({ context }) => context.item },
      ({ context }) => ({ type: 'RESERVE', order: context.order }),
    ),
    giveBack: sendToInstance(
      { machine: 'stock', key: ({ context }) => context.item },
      ({ context }) => ({ type: 'GIVE_BACK', order: context.order }),
    ),
    charge: sendToInstance(
      { machine: 'payment', key: ({ context }) => context.order },
      ({ context }) => {
        const { order: name, cents } = context;
        return { type: 'CHARGE', order: name, cents };
      },
    ),
    count: assign({ noted: ({ context }) => context.noted + 1 }),
    notePlaced: note('placed'),
    noteReserved: note('reserved'),
    noteEnd: note('ended'),
  },
}).createMachine({
  id: 'order',
  context: { order: '', item: '', cents: 0, noted: 0 },
  initial: 'new',
  states: {
    new: {
      on: {
        PLACE: {
          target: 'reserving',
          actions: assign(({ event: { order: name, item, cents } }) => ({
            order: name,
            item,
            cents,
          })),
        },
      },
    },
    reserving: {
      entry: ['count', 'notePlaced', 'reserve', 'count', 'notePlaced'],
      on: { 'stock.reserved': 'charging', 'stock.soldOut': 'cancelled' },
    },
    charging: {
      entry: ['count', 'noteReserved', 'charge'],
      on: {
        'payment.charged': 'paid',
        'payment.declined': { target: 'cancelled', actions: 'giveBack' },
      },
    },
    paid: { entry: ['count', 'noteEnd'], type: 'final' },
    cancelled: { entry: ['count', 'noteEnd', 'count', 'noteEnd'], type: 'final' },
  },
});

type StockContext = Readonly<{ left: number; moves: readonly string[] }>;

export const stock = setup({
  types: {
    context: {} as StockContext,
    events: {} as ({ type: 'RESERVE' } & Key) | ({ type: 'GIVE_BACK' } & Key),
  },
  actions: {
    move: assign(({ context }, { by, order: name }: { by: number } & Key) => ({
      left: context.left + by,
      moves: [...context.moves, `${name} ${by}`],
    })),
    answer: sendToInstance({ machine: 'order', key: ({ event }) => event.order }, (_, params) => ({
      type: (params as { type: string }).type,
    })),
  },
}).createMachine({
  id: 'stock',
  context: { left: 2, moves: [] },
  on: {
    RESERVE: [
      {
        guard: ({ context }) => context.left > 0,
        actions: [
          { type: 'move', params: ({ event }) => ({ by: -1, order: event.order }) },
          { type: 'answer', params: { type: 'stock.reserved' } },
        ],
      },
      { actions: { type: 'answer', params: { type: 'stock.soldOut' } } },
    ],
    GIVE_BACK: {
      actions: { type: 'move', params: ({ event }) => ({ by: 1, order: event.order }) },
    },
  },
});

export const payment = setup({
  types: {
    context: {} as Payment & { charges: number },
    events: {} as { type: 'CHARGE' } & Payment,
  },
  actors: {
    charge: fromPromise<string, Payment>(async () => {
      throw new Error('no bank is at hand');
    }),
  },
  actions: {
    answer: sendToInstance(
      { machine: 'order', key: ({ context }) => context.order },
      (_, params) => params as { type: string },
    ),
  },
}).createMachine({
  id: 'payment',
  context: { order: '', cents: 0, charges: 0 },
  initial: 'idle',
  states: {
    idle: {
      on: {
        CHARGE: {
          target: 'charging',
          actions: assign(({ context, event: { order: name, cents } }) => ({
            order: name,
            cents,
            charges: context.charges + 1,
          })),
        },
      },
    },
    charging: {
      invoke: {
        src: 'charge',
        input: ({ context: { order: name, cents } }) => ({ order: name, cents }),
        onDone: {
          target: 'done',
          actions: {
            type: 'answer',
            params: ({ event: { output } }: { event: { output: string } }) => ({
              type: 'payment.charged',
              receipt: output,
            }),
          },
        },
        onError: {
          target: 'done',
          actions: {
            type: 'answer',
            params: ({ event: { error } }: { event: { error: unknown } }) => ({
              type: 'payment.declined',
              reason: String(error),
            }),
          },
        },
      },
    },
    done: {},
  },
});

/** Every line, as it came. */
export const book = setup({
  types: {
    context: {} as { lines: Readonly<Record<string, readonly string[]>> },
    events: {} as { type: 'NOTE'; order: string; line: string },
  },
}).createMachine({
  id: 'book',
  context: { lines: {} },
  on: {
    NOTE: {
      actions: assign({
        lines: ({ context, event }) => ({
          ...context.lines,
          [event.order]: [...(context.lines[event.order] ?? []), event.line],
        }),
      }),
    },
  },
});
