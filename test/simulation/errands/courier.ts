/**
 * Effects of every kind, each with both policies where there are two: promises, a callback that is
 * told things, an observable, actions of its own. How they behave is decided where they run.
 */
import { assign, fromCallback, fromObservable, fromPromise, sendTo, setup } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { replicated } from '../../../machines/replica/replicated.ts';
import { keyFor, type ByHand, type Errand, type Stand, type Step } from './errand.ts';
import type { Place, Word } from './place.ts';

type Context = Readonly<{
  nth: number;
  /** What was heard, in that order. */
  heard: readonly string[];
  failed: number;
  lost: number;
  pokes: number;
}>;
type Event =
  | { type: 'FETCH' | 'CHARGE' | 'LISTEN' | 'WATCH' | 'NOTIFY' | 'STAMP'; nth: number }
  | { type: 'CANCEL' | 'POKE' | 'POKED' | 'ENDED' }
  | ({ type: 'TICKED' } & Word);

const begun: Context = { nth: 0, heard: [], failed: 0, lost: 0, pokes: 0 };
const patienceMs = 2_000;

const spelled = ({ nth, run, word }: Word): string => `${nth}.${run}.${word}`;
const isLoss = (error: unknown): boolean => Reflect.get(error as object, 'code') === 'effect-lost';

type Action = (args: unknown, nth: number) => void;
/** What XState knows nothing of. */
const promising = (action: (args: unknown, nth: number) => Promise<void>): Action => action;

const courier = (place: Place) => {
  const patience = { patience: 'idle' } as const;
  return setup({
    types: { context: {} as Context, events: {} as Event },
    actors: {
      fetch: fromPromise<Word, number>(({ input, self, signal }) =>
        place.promise('fetch', input, self, signal),
      ),
      charge: fromPromise<Word, number>(({ input, self, signal }) =>
        place.promise('charge', input, self, signal),
      ),
      listen: fromCallback<MachineEvent, number>(({ input, self, sendBack, receive }) =>
        place.callback('listen', input, self, {
          said: (word) => sendBack({ type: 'TICKED', ...word }),
          ended: () => sendBack({ type: 'ENDED' }),
          hears: (answer) => receive(() => answer()),
          poked: () => sendBack({ type: 'POKED' }),
        }),
      ),
      watch: fromObservable<Word, number>(({ input, self }) =>
        place.observable('watch', input, self),
      ),
    },
    delays: { patience: patienceMs },
    actions: {
      begin: assign({
        nth: ({ context: { nth }, event }) => ('nth' in event ? event.nth : nth),
      }),
      hear: assign({
        heard: ({ context: { heard } }, word: Word) => [...heard, spelled(word)],
      }),
      fail: assign(({ context: { failed, lost } }, { error }: { error: unknown }) =>
        isLoss(error) ? { lost: lost + 1 } : { failed: failed + 1 },
      ),
      countPoke: assign({ pokes: ({ context: { pokes } }) => pokes + 1 }),
      // A leader waits for the promise that an action of its own returns.
      notify: promising((_, nth) => place.action('notify', nth)),
      stamp: promising((_, nth) => place.action('stamp', nth)),
    },
  }).createMachine({
    id: 'courier',
    context: begun,
    initial: 'idle',
    on: {
      NOTIFY: { actions: { type: 'notify', params: ({ event }) => event.nth } },
      STAMP: { actions: { type: 'stamp', params: ({ event }) => event.nth } },
    },
    states: {
      idle: {
        on: {
          FETCH: { target: 'fetching', actions: 'begin' },
          CHARGE: { target: 'charging', actions: 'begin' },
          LISTEN: { target: 'listening', actions: 'begin' },
          WATCH: { target: 'watching', actions: 'begin' },
        },
      },
      fetching: {
        invoke: {
          src: 'fetch',
          id: 'fetch',
          input: ({ context }) => context.nth,
          onDone: {
            target: 'idle',
            actions: { type: 'hear', params: ({ event }) => event.output },
          },
          onError: {
            target: 'idle',
            actions: { type: 'fail', params: ({ event: { error } }) => ({ error }) },
          },
        },
        on: { CANCEL: 'idle' },
        after: patience,
      },
      charging: {
        invoke: {
          src: 'charge',
          id: 'charge',
          input: ({ context }) => context.nth,
          onDone: {
            target: 'idle',
            actions: { type: 'hear', params: ({ event }) => event.output },
          },
          onError: {
            target: 'idle',
            actions: { type: 'fail', params: ({ event: { error } }) => ({ error }) },
          },
        },
        on: { CANCEL: 'idle' },
        after: patience,
      },
      listening: {
        invoke: {
          src: 'listen',
          id: 'listen',
          input: ({ context }) => context.nth,
          onError: {
            target: 'idle',
            actions: { type: 'fail', params: ({ event: { error } }) => ({ error }) },
          },
        },
        on: {
          CANCEL: 'idle',
          POKE: { actions: sendTo('listen', { type: 'POKE' }) },
          POKED: { actions: 'countPoke' },
          TICKED: { actions: { type: 'hear', params: ({ event }) => event } },
          ENDED: 'idle',
        },
        after: patience,
      },
      watching: {
        invoke: {
          src: 'watch',
          id: 'watch',
          input: ({ context }) => context.nth,
          onSnapshot: {
            guard: ({ event }) =>
              event.snapshot.status === 'active' && event.snapshot.context !== undefined,
            actions: { type: 'hear', params: ({ event }) => event.snapshot.context as Word },
          },
          onDone: 'idle',
          onError: {
            target: 'idle',
            actions: { type: 'fail', params: ({ event: { error } }) => ({ error }) },
          },
        },
        on: { CANCEL: 'idle' },
        after: patience,
      },
    },
  });
};

const invoked = {
  FETCH: ['fetching', 'fetch'],
  CHARGE: ['charging', 'charge'],
  LISTEN: ['listening', 'listen'],
  WATCH: ['watching', 'watch'],
} as const;

const patienceIn = (state: string): string => `xstate.after.patience.courier.${state}`;

function begins(context: Context, { type, nth }: Event & { nth: number }): Step {
  const [value, name] = invoked[type as keyof typeof invoked];
  return {
    stand: { value, context: { ...context, nth } },
    schedules: [{ event: patienceIn(value), delayMs: patienceMs }],
    runs: { name, nth },
  };
}

const rests = (state: string, context: Context): Step => ({
  stand: { value: 'idle', context },
  cancels: [patienceIn(state)],
  runs: null,
});

const hears = (stand: Stand, word: Word): Stand => {
  const context = stand.context as Context;
  return { ...stand, context: { ...context, heard: [...context.heard, spelled(word)] } };
};

function fails(state: string, context: Context, error: unknown): Step {
  const { lost, failed } = context;
  const counted = isLoss(error) ? { lost: lost + 1 } : { failed: failed + 1 };
  return rests(state, { ...context, ...counted });
}

const byHand: ByHand = {
  start: { value: 'idle', context: begun },
  take(stand, happened) {
    const context = stand.context as Context;
    const state = stand.value as string;
    const event = happened as Event & { data: Word; error: unknown };
    switch (happened.type) {
      case 'NOTIFY':
        return { stand, acts: { name: 'notify', nth: (event as { nth: number }).nth } };
      case 'STAMP':
        return { stand, acts: { name: 'stamp', nth: (event as { nth: number }).nth } };
      case 'FETCH':
      case 'CHARGE':
      case 'LISTEN':
      case 'WATCH':
        return state === 'idle' ? begins(context, event as Event & { nth: number }) : null;
      case 'CANCEL':
      case patienceIn(state):
        return state === 'idle' ? null : rests(state, context);
      case 'xstate.promise.resolve':
        return rests(state, hears(stand, event.data).context as Context);
      case 'xstate.promise.reject':
      case 'xstate.observable.error':
        return fails(state, context, event.data);
      case 'xstate.observable.next':
        return { stand: hears(stand, event.data) };
      case 'xstate.observable.complete':
        return rests(state, context);
      case `xstate.error.actor.${invokedIn(state)}`:
        return fails(state, context, event.error);
      default:
        return state === 'listening' ? listens(stand, context, happened) : null;
    }
  },
};

function listens(stand: Stand, context: Context, event: MachineEvent): Step | null {
  switch (event.type) {
    case 'POKE':
      return { stand };
    case 'POKED':
      return { stand: { ...stand, context: { ...context, pokes: context.pokes + 1 } } };
    case 'TICKED':
      return { stand: hears(stand, event as Event & Word) };
    case 'ENDED':
      return rests('listening', context);
    default:
      return null;
  }
}

const invokedIn = (state: string): string | undefined =>
  Object.values(invoked).find(([value]) => value === state)?.[1];

const words = ['FETCH', 'CHARGE', 'LISTEN', 'WATCH', 'NOTIFY', 'STAMP'] as const;

export const courierErrand: Errand = {
  machine: 'courier',
  byHand,
  define: (place) =>
    replicated(courier(place), { effects: { charge: 'at-most-once', stamp: 'at-most-once' } }),
  draw(dice, nth) {
    const key = keyFor(dice, nth);
    if (dice.happens(0.2)) return { key, event: { type: dice.pick(['CANCEL', 'POKE', 'POKE']) } };
    return { key, event: { type: dice.pick(words), nth } };
  },
};
