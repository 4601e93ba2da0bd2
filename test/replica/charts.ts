/**
 * Charts to try things on, each strong in one feature, with the events that make it move.
 * `order` in a context writes down who acted when: replicas must agree on that as well.
 */
import {
  and,
  type AnyStateMachine,
  assign,
  createMachine,
  emit,
  enqueueActions,
  log,
  not,
  or,
  raise,
  setup,
  stateIn,
} from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';

export type Chart = Readonly<{
  machine: AnyStateMachine;
  events: readonly MachineEvent[];
  input?: unknown;
}>;

const named = (...types: string[]): readonly MachineEvent[] => types.map((type) => ({ type }));

const tracing = setup({
  types: { context: {} as { order: readonly string[] } },
  guards: { leftIsOff: stateIn({ left: 'off' }) },
  actions: {
    note: assign({
      order: ({ context }, word: string) => [...context.order, word].slice(-6),
    }),
  },
});
const note = (word: string) => ({ type: 'note', params: word }) as const;

const account = setup({
  types: {
    context: {} as { balance: number; owner: string },
    events: {} as { type: 'PUT' | 'TAKE'; amount: number } | { type: 'CLOSE' | 'FREEZE' | 'THAW' },
    input: {} as { owner: string },
  },
  guards: {
    covered: ({ context, event }) => 'amount' in event && context.balance >= event.amount,
    empty: ({ context }) => context.balance === 0,
  },
  actions: {
    put: assign({
      balance: ({ context, event }) => context.balance + ('amount' in event ? event.amount : 0),
    }),
    take: assign(({ context, event }) => ({
      balance: context.balance - ('amount' in event ? event.amount : 0),
    })),
  },
}).createMachine({
  id: 'account',
  context: ({ input }) => ({ balance: 0, owner: input.owner }),
  initial: 'open',
  output: ({ context }) => ({ owner: context.owner }),
  states: {
    open: {
      on: {
        PUT: { actions: 'put' },
        TAKE: { guard: 'covered', actions: 'take' },
        FREEZE: 'frozen',
        CLOSE: { guard: 'empty', target: 'closed' },
      },
    },
    frozen: { on: { THAW: 'open' } },
    closed: { type: 'final' },
  },
});

const regions = tracing.createMachine({
  id: 'regions',
  context: { order: [] },
  type: 'parallel',
  on: { RESET: { target: '.left', reenter: true } },
  states: {
    left: {
      initial: 'off',
      states: {
        off: { entry: note('l.off'), on: { BOTH: 'on', LEFT: 'on' } },
        on: {
          entry: note('l.on'),
          exit: note('l.exit'),
          on: {
            BOTH: { target: 'off', actions: note('l') },
            AGAIN: { target: 'on', reenter: true },
          },
        },
      },
    },
    right: {
      initial: 'off',
      on: { RIGHT: '.on' },
      states: {
        off: { entry: note('r.off'), on: { BOTH: 'on' } },
        on: {
          entry: note('r.on'),
          on: { BOTH: { actions: note('r') }, OFF: 'off' },
          always: { guard: 'leftIsOff', actions: note('alone'), target: 'off' },
        },
      },
    },
  },
});

const player = tracing.createMachine({
  id: 'player',
  context: { order: [] },
  initial: 'stopped',
  on: { 'knock.*': { actions: note('knock') } },
  states: {
    stopped: { on: { PLAY: 'playing', RESUME: 'playing.last', EXACTLY: 'playing.exact' } },
    playing: {
      initial: 'slow',
      entry: note('play'),
      on: { STOP: 'stopped' },
      states: {
        slow: {
          initial: 'quiet',
          states: { quiet: { on: { LOUDER: 'loud' } }, loud: { entry: note('loud') } },
          on: { FASTER: 'fast' },
        },
        fast: {
          type: 'parallel',
          states: {
            sound: { initial: 'one', states: { one: { on: { NEXT: 'two' } }, two: {} } },
            light: {
              initial: 'one',
              states: { one: { on: { NEXT: 'two' } }, two: { on: { LOUDER: 'one' } } },
            },
          },
          on: { SLOWER: 'slow' },
        },
        last: { type: 'history', target: 'fast' },
        exact: { type: 'history', history: 'deep' },
      },
    },
  },
});

const counter = setup({
  types: {
    context: {} as { n: number; seen: string },
    events: {} as { type: string; by?: number },
  },
  guards: {
    over: ({ context }, limit: number) => context.n > limit,
    unmentioned: ({ event }) => event.type === 'UNMENTIONED',
  },
  actions: { zero: assign({ n: 0, seen: ({ event }) => event.type }) },
}).createMachine({
  id: 'counter',
  context: { n: 0, seen: '' },
  initial: 'low',
  on: { ADD: { actions: assign({ n: ({ context, event }) => context.n + (event.by ?? 1) }) } },
  states: {
    low: { always: { guard: { type: 'over', params: 3 }, target: 'middle' } },
    middle: {
      always: [
        { guard: { type: 'over', params: 6 }, target: 'high' },
        { guard: not({ type: 'over', params: 3 }), target: 'low' },
      ],
    },
    // This one looks at the event itself, so that even one that nobody mentions can move it.
    high: {
      always: { guard: 'unmentioned', target: 'low', actions: 'zero' },
    },
  },
});

const cascade = tracing.createMachine({
  id: 'cascade',
  context: { order: [] },
  initial: 'a',
  states: {
    a: {
      on: { GO: { target: 'b', actions: [raise({ type: 'ON' }), raise({ type: 'FURTHER' })] } },
    },
    b: { entry: note('b'), on: { ON: { target: 'c', actions: raise({ type: 'BACK' }) } } },
    c: {
      entry: [note('c'), raise({ type: 'DEEP' })],
      on: { FURTHER: { actions: note('further') }, BACK: 'd', DEEP: 'a' },
    },
    d: { entry: note('d'), on: { DEEP: 'c', GO: 'a' } },
  },
});

const speaker = setup({
  types: {
    context: {} as { said: number },
    events: {} as { type: 'SAY'; word: string } | { type: 'SHOUT' | 'HUSH' },
    emitted: {} as { type: string; word?: string; said?: number },
  },
}).createMachine({
  id: 'speaker',
  context: { said: 0 },
  entry: [emit({ type: 'hello' }), log('hello', 'born')],
  on: {
    SAY: {
      actions: [
        emit(({ event }) => ({ type: 'word', word: event.word })),
        assign({ said: ({ context }) => context.said + 1 }),
        emit(({ context }) => ({ type: 'count', said: context.said })),
        log(({ context }) => context.said),
      ],
    },
    SHOUT: { actions: [log('aaah'), emit({ type: 'aaah' })] },
    HUSH: {},
  },
});

const wild = createMachine({
  id: 'wild',
  types: { context: {} as { last: string } },
  context: { last: '' },
  initial: 'listening',
  on: { '*': { actions: assign({ last: ({ event }) => `any ${event.type}` }) } },
  states: {
    listening: {
      on: {
        'sensor.*': { actions: assign({ last: ({ event }) => `sensor ${event.type}` }) },
        'sensor.heat.high': 'alarmed',
        'sensor.noise': {},
        CALM: { reenter: true },
      },
    },
    alarmed: { on: { CALM: 'listening', '*': {} } },
  },
});

const thinker = setup({
  types: {
    context: {} as { n: number; log: readonly string[] },
    events: {} as { type: 'TICK' | 'RESET' | 'MOVE' },
    emitted: {} as { type: string; n?: number },
  },
  guards: {
    even: ({ context }) => context.n % 2 === 0,
    big: ({ context }) => context.n > 4,
    resting: stateIn('rest'),
    ready: and(['even', or(['big', 'resting'])]),
  },
  actions: {
    bump: assign({ n: ({ context }) => context.n + 1 }),
  },
}).createMachine({
  id: 'thinker',
  context: { n: 0, log: [] },
  initial: 'rest',
  on: {
    TICK: {
      actions: enqueueActions(({ enqueue, check }) => {
        enqueue('bump');
        if (check('even')) enqueue.emit({ type: 'even' });
        if (check(not('big'))) enqueue.assign({ log: ({ context }) => [...context.log, 'small'] });
        else enqueue.raise({ type: 'RESET' });
      }),
    },
    RESET: { actions: assign({ n: 0, log: [] }) },
  },
  states: {
    rest: { on: { MOVE: { guard: 'ready', target: 'work' } } },
    work: { on: { MOVE: { guard: not('ready'), target: 'rest', actions: 'bump' } } },
  },
});

const errand = tracing.createMachine({
  id: 'errand',
  context: { order: [] },
  initial: 'doing',
  output: ({ context, event }) => ({ order: context.order, ended: event.type }),
  states: {
    doing: {
      type: 'parallel',
      onDone: { target: 'paying', actions: note('done') },
      states: {
        shop: {
          initial: 'going',
          onDone: { actions: note('shopped') },
          states: { going: { on: { SHOP: 'bought' } }, bought: { type: 'final' } },
        },
        post: {
          initial: 'going',
          states: { going: { on: { POST: 'sent' } }, sent: { type: 'final', entry: note('sent') } },
        },
      },
    },
    paying: { exit: note('paid'), on: { PAY: 'home', LOSE: 'doing' } },
    home: { type: 'final' },
  },
});

const crossing = tracing.createMachine({
  id: 'crossing',
  context: { order: [] },
  initial: 'apart',
  states: {
    apart: { on: { JOIN: { target: ['#x2', '#y2'] }, HALF: '#y2' } },
    joint: {
      type: 'parallel',
      exit: note('leave'),
      on: { PART: 'apart' },
      states: {
        x: {
          initial: 'x1',
          states: {
            x1: { id: 'x1', entry: note('x1'), on: { STEP: 'x2' } },
            x2: {
              id: 'x2',
              entry: note('x2'),
              on: { STEP: { target: '#x1', actions: note('x') } },
            },
          },
        },
        y: {
          initial: 'y1',
          states: {
            y1: { id: 'y1', entry: note('y1'), on: { STEP: { target: 'y2', actions: note('y') } } },
            y2: { id: 'y2', entry: note('y2'), on: { STEP: 'y1', HALF: { target: '#x1' } } },
          },
        },
      },
    },
  },
});

export const charts: Readonly<Record<string, Chart>> = {
  account: {
    machine: account,
    input: { owner: 'ada' },
    events: [
      { type: 'PUT', amount: 2 },
      { type: 'TAKE', amount: 1 },
      { type: 'TAKE', amount: 5 },
      ...named('CLOSE', 'FREEZE', 'THAW', 'NOBODY_KNOWS'),
    ],
  },
  regions: {
    machine: regions,
    events: named('BOTH', 'LEFT', 'RIGHT', 'OFF', 'AGAIN', 'RESET', 'NONE'),
  },
  player: {
    machine: player,
    events: named(
      'PLAY',
      'STOP',
      'RESUME',
      'EXACTLY',
      'FASTER',
      'SLOWER',
      'NEXT',
      'LOUDER',
      'knock.once',
    ),
  },
  counter: {
    machine: counter,
    events: [...named('ADD', 'UNMENTIONED'), { type: 'ADD', by: 5 }, { type: 'ADD', by: -4 }],
  },
  cascade: { machine: cascade, events: named('GO', 'ON', 'BACK', 'DEEP', 'FURTHER') },
  speaker: { machine: speaker, events: [{ type: 'SAY', word: 'ho' }, ...named('SHOUT', 'HUSH')] },
  wild: {
    machine: wild,
    events: named('sensor.light', 'sensor.heat.high', 'sensor.noise', 'CALM', 'whatever', 'sensor'),
  },
  thinker: { machine: thinker, events: named('TICK', 'RESET', 'MOVE') },
  errand: { machine: errand, events: named('SHOP', 'POST', 'PAY', 'LOSE') },
  crossing: { machine: crossing, events: named('JOIN', 'HALF', 'PART', 'STEP') },
};
