/** A deadline that bids put off, events that tell the bidders, and a letter to the winner. */
import {
  and,
  assign,
  cancel,
  emit,
  enqueueActions,
  log,
  not,
  sendTo,
  setup,
  stateIn,
} from 'xstate';

export type Lot = Readonly<{ title: string; reserve: number; openMs: number; overtimeMs: number }>;
type Bid = Readonly<{ bidder: string; amount: number }>;

export const auction = setup({
  types: {
    input: {} as Lot,
    context: {} as Lot & { bids: readonly Bid[] },
    events: {} as
      | { type: 'OPEN' }
      | ({ type: 'BID' } & Bid)
      | { type: 'WITHDRAW' }
      | { type: 'CLOSE' },
    emitted: {} as { type: 'outbid'; bidder: string; by: number } | { type: 'lastChance' },
    output: {} as { winner: string | null; price: number },
    tags: {} as 'acceptsBids',
  },
  actions: {
    takeBid: assign({
      bids: ({ context }, bid: Bid) => [...context.bids, bid],
    }),
    writeToWinner: (_, letter: { to: string; price: number }): void => {
      throw new Error(`no post office is at hand for ${letter.to}`);
    },
    closeLater: sendTo(
      ({ self }) => self,
      { type: 'CLOSE' },
      {
        id: 'close',
        delay: ({ context }) => (context.bids.length === 0 ? context.openMs : context.overtimeMs),
      },
    ),
  },
  guards: {
    isAbove: ({ context }, { amount }: { amount: number }) =>
      amount > (context.bids.at(-1)?.amount ?? 0),
    hasBids: ({ context }) => context.bids.length > 0,
    isCalm: stateIn('#auction.open.calm'),
    meetsReserve: ({ context }) => (context.bids.at(-1)?.amount ?? 0) >= context.reserve,
  },
}).createMachine({
  id: 'auction',
  context: ({ input }) => ({ ...input, bids: [] }),
  initial: 'announced',
  states: {
    announced: { on: { OPEN: 'open' } },
    open: {
      tags: 'acceptsBids',
      entry: ['closeLater', log(({ context }) => context.title, 'opens')],
      exit: cancel('close'),
      initial: 'calm',
      on: {
        BID: {
          guard: { type: 'isAbove', params: ({ event }) => ({ amount: event.amount }) },
          target: '.busy',
          actions: [
            enqueueActions(({ enqueue, context, event: { bidder, amount } }) => {
              const last = context.bids.at(-1);
              enqueue({ type: 'takeBid', params: { bidder, amount } });
              if (last !== undefined) {
                enqueue.emit({ type: 'outbid', bidder: last.bidder, by: amount });
              }
            }),
            cancel('close'),
            'closeLater',
          ],
        },
        WITHDRAW: { guard: and([not('hasBids'), 'isCalm']), target: 'withdrawn' },
        CLOSE: 'closed',
      },
      states: {
        calm: {},
        busy: {
          after: { 400: { target: 'calm', actions: emit({ type: 'lastChance' }) } },
        },
      },
    },
    closed: {
      always: [{ guard: 'meetsReserve', target: 'sold' }, { target: 'unsold' }],
    },
    sold: {
      entry: {
        type: 'writeToWinner',
        params: ({ context }) => ({
          to: context.bids.at(-1)?.bidder ?? '',
          price: context.bids.at(-1)?.amount ?? 0,
        }),
      },
      type: 'final',
    },
    unsold: { type: 'final' },
    withdrawn: { type: 'final' },
  },
  output: ({ context }) => {
    const last = context.bids.at(-1);
    return last !== undefined && last.amount >= context.reserve
      ? { winner: last.bidder, price: last.amount }
      : { winner: null, price: 0 };
  },
});
