/**
 * Orders and the stock that they reserve, each an instance: what is asked and answered travels
 * from one to the other. Nothing of the stock is ever made or lost.
 */
import { assign, setup } from 'xstate';
import { sendToInstance } from '../../../machines/replica/sending.ts';
import type { ByHand, Errand, Step } from './errand.ts';

type Order = Readonly<{
  asked: readonly number[];
  granted: readonly number[];
  denied: readonly number[];
}>;
type Stock = Readonly<{ free: number; taken: readonly string[] }>;

type Place = Readonly<{ type: 'PLACE'; order: string; item: string; nth: number }>;
type OrderEvent =
  | Place
  | Readonly<{ type: 'RETURN'; order: string; item: string; nth: number }>
  | Readonly<{ type: 'STRAY' | 'SPOIL'; item: string }>
  | Readonly<{ type: 'GRANTED' | 'DENIED'; nth: number }>;
type StockEvent =
  | Readonly<{ type: 'RESERVE' | 'RELEASE'; order: string; nth: number }>
  | Readonly<{ type: 'CHOKE' }>;

const inStock = 3;
const nothing: Order = { asked: [], granted: [], denied: [] };

const toStock = (type: StockEvent['type']) =>
  sendToInstance<Order, OrderEvent>(
    { machine: 'stock', key: ({ event }) => ('item' in event ? event.item : '') },
    ({ event }) => ('order' in event ? { type, order: event.order, nth: event.nth } : { type }),
  );

const order = setup({
  types: { context: {} as Order, events: {} as OrderEvent },
  guards: {
    isHeld: ({ context: { granted }, event }) => 'nth' in event && granted.includes(event.nth),
  },
  actions: {
    ask: assign({
      asked: ({ context: { asked }, event }) => ('nth' in event ? [...asked, event.nth] : asked),
    }),
    take: assign({
      granted: ({ context: { granted }, event }) =>
        'nth' in event ? [...granted, event.nth] : granted,
    }),
    giveBack: assign({
      granted: ({ context: { granted }, event }) =>
        granted.filter((nth) => !('nth' in event) || nth !== event.nth),
    }),
    doWithout: assign({
      denied: ({ context: { denied }, event }) =>
        'nth' in event ? [...denied, event.nth] : denied,
    }),
    reserve: toStock('RESERVE'),
    release: toStock('RELEASE'),
    choke: toStock('CHOKE'),
    stray: sendToInstance<Order, OrderEvent>({ machine: 'nowhere', key: 'k' }, { type: 'HELLO' }),
  },
}).createMachine({
  id: 'order',
  context: nothing,
  on: {
    PLACE: { actions: ['ask', 'reserve'] },
    RETURN: { guard: 'isHeld', actions: ['giveBack', 'release'] },
    STRAY: { actions: 'stray' },
    SPOIL: { actions: 'choke' },
    GRANTED: { actions: 'take' },
    DENIED: { actions: 'doWithout' },
  },
});

const nameOf = (event: StockEvent): string =>
  'order' in event ? `${event.order} ${event.nth}` : '';

const answer = (type: 'GRANTED' | 'DENIED') =>
  sendToInstance<Stock, StockEvent>(
    { machine: 'order', key: ({ event }) => ('order' in event ? event.order : '') },
    ({ event }) => ({ type, nth: 'nth' in event ? event.nth : 0 }),
  );

const stock = setup({
  types: { context: {} as Stock, events: {} as StockEvent },
  guards: { isLeft: ({ context }) => context.free > 0 },
  actions: {
    hold: assign({
      free: ({ context }) => context.free - 1,
      taken: ({ context, event }) => [...context.taken, nameOf(event)],
    }),
    release: assign({
      free: ({ context }) => context.free + 1,
      taken: ({ context, event }) => context.taken.filter((name) => name !== nameOf(event)),
    }),
    choke: assign(() => {
      throw new Error('this stock does not take that');
    }),
    grant: answer('GRANTED'),
    deny: answer('DENIED'),
  },
}).createMachine({
  id: 'stock',
  context: { free: inStock, taken: [] },
  on: {
    RESERVE: [{ guard: 'isLeft', actions: ['hold', 'grant'] }, { actions: 'deny' }],
    RELEASE: { actions: 'release' },
    CHOKE: { actions: 'choke' },
  },
});

const orderByHand: ByHand = {
  start: { value: {}, context: nothing },
  take(stand, happened): Step | null {
    const event = happened as OrderEvent;
    const context = stand.context as Order;
    const { asked, granted, denied } = context;
    const now = (changed: Partial<Order>) => ({ ...stand, context: { ...context, ...changed } });
    switch (event.type) {
      case 'PLACE': {
        const { order: key, item, nth } = event;
        return {
          stand: now({ asked: [...asked, nth] }),
          sends: { machine: 'stock', key: item, event: { type: 'RESERVE', order: key, nth } },
        };
      }
      case 'RETURN': {
        const { order: key, item, nth } = event;
        if (!granted.includes(nth)) return null;
        return {
          stand: now({ granted: granted.filter((each) => each !== nth) }),
          sends: { machine: 'stock', key: item, event: { type: 'RELEASE', order: key, nth } },
        };
      }
      case 'STRAY':
        return {
          stand,
          sends: { machine: 'nowhere', key: 'k', event: { type: 'HELLO' }, isDoomed: true },
        };
      case 'SPOIL':
        return {
          stand,
          sends: { machine: 'stock', key: event.item, event: { type: 'CHOKE' }, isDoomed: true },
        };
      case 'GRANTED':
        return { stand: now({ granted: [...granted, event.nth] }) };
      case 'DENIED':
        return { stand: now({ denied: [...denied, event.nth] }) };
      default:
        return null;
    }
  },
};

const stockByHand: ByHand = {
  start: { value: {}, context: { free: inStock, taken: [] } },
  take(stand, happened): Step | null {
    const event = happened as StockEvent;
    const { free, taken } = stand.context as Stock;
    if (!('order' in event)) return null;
    const { order: key, nth } = event;
    const name = `${key} ${nth}`;
    if (event.type === 'RELEASE') {
      const left = taken.filter((each) => each !== name);
      return { stand: { ...stand, context: { free: free + 1, taken: left } } };
    }
    const isLeft = free > 0;
    const context = isLeft ? { free: free - 1, taken: [...taken, name] } : { free, taken };
    const type = isLeft ? 'GRANTED' : 'DENIED';
    return {
      stand: { ...stand, context },
      sends: { machine: 'order', key, event: { type, nth } },
    };
  },
};

/** What is wrong with a stock, whatever happened to it; null if nothing. */
export function flawOfStock(context: unknown): string | null {
  const { free, taken } = context as Stock;
  if (free + taken.length !== inStock)
    return `${free} left and ${taken.length} taken of ${inStock}`;
  return new Set(taken).size === taken.length ? null : `one is taken twice: ${taken.join(', ')}`;
}

const itemOf = (nth: number): string => (nth % 2 === 0 ? 'tea' : 'salt');

export const orderErrand: Errand = {
  machine: 'order',
  byHand: orderByHand,
  define: () => order,
  draw(dice, nth) {
    const key = `${Math.floor(nth / 30)}`;
    if (dice.happens(0.08)) {
      return { key, event: { type: dice.pick(['STRAY', 'SPOIL']), item: itemOf(nth) } };
    }
    if (dice.happens(0.4)) {
      // One of the last few, if it was one and is held.
      const placed = nth - dice.integer(1, 12);
      return { key, event: { type: 'RETURN', order: key, item: itemOf(placed), nth: placed } };
    }
    return { key, event: { type: 'PLACE', order: key, item: itemOf(nth), nth } };
  },
};

export const stockErrand: Errand = { machine: 'stock', byHand: stockByHand, define: () => stock };
