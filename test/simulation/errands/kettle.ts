/**
 * Delays of every kind: `after`, a delayed `raise`, an event sent to itself later, `cancel`, a
 * child with a delay of its own. And a next definition, to which instances go over as they stand.
 */
import { assign, cancel, raise, sendTo, setup } from 'xstate';
import type { MigratedSnapshot } from '../../../machines/replica/migration.ts';
import { replicated, type MissedDeadlines } from '../../../machines/replica/replicated.ts';
import { keyFor, type ByHand, type Errand, type Stand, type Step } from './errand.ts';

type Context = Readonly<{
  ms: number;
  boils: number;
  simmers: number;
  whistles: number;
  rings: number;
  /** Boils under the next definition, which alone counts them. */
  since?: number;
}>;
type Event =
  | { type: 'START' | 'LATER'; ms: number }
  | { type: 'STOP' | 'HUSH' | 'MUFFLE' | 'SIMMER' | 'RANG' };

const whistle = setup({
  types: { context: {} as { ms: number }, input: {} as { ms: number } },
  delays: { blow: ({ context }) => context.ms / 3 },
}).createMachine({
  id: 'whistle',
  context: ({ input }) => ({ ms: input.ms }),
  initial: 'blowing',
  states: { blowing: { after: { blow: 'out' } }, out: { type: 'final' } },
});

const begun: Context = { ms: 0, boils: 0, simmers: 0, whistles: 0, rings: 0 };

const kettle = (rest: 'idle' | 'cold', context: Context) =>
  setup({
    types: { context: {} as Context, events: {} as Event },
    actors: { whistle },
    delays: {
      boil: ({ context: { ms } }) => ms,
      simmer: ({ context: { ms } }) => ms / 2,
    },
    actions: {
      set: assign({ ms: ({ context: { ms }, event }) => ('ms' in event ? event.ms : ms) }),
      countBoil: assign(({ context: { boils, since } }) => ({
        boils: boils + 1,
        ...(since !== undefined && { since: since + 1 }),
      })),
      countSimmer: assign({ simmers: ({ context: { simmers } }) => simmers + 1 }),
      countWhistle: assign({ whistles: ({ context: { whistles } }) => whistles + 1 }),
      countRing: assign({ rings: ({ context: { rings } }) => rings + 1 }),
    },
  }).createMachine({
    id: 'kettle',
    context,
    initial: rest,
    on: {
      LATER: {
        actions: [
          cancel('bell'),
          sendTo(
            ({ self }) => self,
            { type: 'RANG' },
            {
              id: 'bell',
              delay: ({ event }) => ('ms' in event ? event.ms : 0),
            },
          ),
        ],
      },
      MUFFLE: { actions: cancel('bell') },
      RANG: { actions: 'countRing' },
    },
    states: {
      [rest]: { on: { START: { target: 'heating', actions: 'set' } } },
      heating: {
        entry: raise({ type: 'SIMMER' }, { id: 'simmer', delay: 'simmer' }),
        exit: cancel('simmer'),
        after: { boil: { target: 'whistling', actions: 'countBoil' } },
        on: {
          START: { target: 'heating', reenter: true, actions: 'set' },
          HUSH: { actions: cancel('simmer') },
          SIMMER: { actions: 'countSimmer' },
          STOP: rest,
        },
      },
      whistling: {
        invoke: {
          src: 'whistle',
          id: 'whistle',
          input: ({ context: { ms } }) => ({ ms }),
          onDone: { target: rest, actions: 'countWhistle' },
        },
        on: { STOP: rest },
      },
    },
  });

const first = kettle('idle', begun);
const second = kettle('cold', { ...begun, since: 0 });

const migrate = ({ value, context }: MigratedSnapshot): Partial<MigratedSnapshot> => ({
  value: value === 'idle' ? 'cold' : value,
  context: { ...(context as Context), since: 0 },
});

const boil = 'xstate.after.boil.kettle.heating';
const blow = 'xstate.after.blow.whistle.blowing';

/** `idle`, `cold`: where it rests tells by which definition it goes. */
const restOf = ({ since }: Context): string => (since === undefined ? 'idle' : 'cold');

function heated(context: Context, ms: number): Step {
  return {
    stand: { value: 'heating', context: { ...context, ms } },
    cancels: [boil, 'SIMMER'],
    schedules: [
      { event: 'SIMMER', delayMs: ms / 2 },
      { event: boil, delayMs: ms },
    ],
  };
}

/** In any state. */
function rung(stand: Stand, context: Context, event: Event): Step | null {
  switch (event.type) {
    case 'LATER':
      return { stand, cancels: ['RANG'], schedules: [{ event: 'RANG', delayMs: event.ms }] };
    case 'MUFFLE':
      return { stand, cancels: ['RANG'] };
    case 'RANG':
      return { stand: { ...stand, context: { ...context, rings: context.rings + 1 } } };
    default:
      return null;
  }
}

const byHand: ByHand = {
  start: { value: 'idle', context: begun },
  take(stand, happened) {
    const context = stand.context as Context;
    const event = happened as Event;
    const rest = { value: restOf(context), context };
    switch (`${stand.value as string} ${happened.type}`) {
      case 'idle START':
      case 'cold START':
      case 'heating START':
        return heated(context, (event as { ms: number }).ms);
      case 'heating HUSH':
        return { stand, cancels: ['SIMMER'] };
      case 'heating SIMMER':
        return { stand: { ...stand, context: { ...context, simmers: context.simmers + 1 } } };
      case 'heating STOP':
        return { stand: rest, cancels: [boil, 'SIMMER'] };
      case `heating ${boil}`: {
        const { boils, since, ms } = context;
        const counted = {
          ...context,
          boils: boils + 1,
          ...(since !== undefined && { since: since + 1 }),
        };
        return {
          stand: { value: 'whistling', context: counted },
          cancels: ['SIMMER'],
          schedules: [{ event: blow, delayMs: ms / 3 }],
        };
      }
      case 'whistling STOP':
        return { stand: rest, cancels: [blow] };
      case `whistling ${blow}`:
        return { stand: { ...rest, context: { ...context, whistles: context.whistles + 1 } } };
      default:
        return rung(stand, context, event);
    }
  },
  upgraded: ({ value, context }) => ({
    value: value === 'idle' ? 'cold' : value,
    context: { ...(context as Context), since: 0 },
  }),
};

const words = ['START', 'START', 'STOP', 'HUSH', 'LATER', 'MUFFLE'] as const;
const delaysMs = [12, 60, 300, 900, 2_400] as const;

export const kettleErrand = (missedDeadlines: MissedDeadlines): Errand => {
  const now = replicated(first, { missedDeadlines });
  const next = replicated(second, { missedDeadlines, upgrades: now, migrate });
  return {
    machine: 'kettle',
    byHand,
    missedDeadlines,
    define: () => now,
    next: () => next,
    draw(dice, nth) {
      const type = dice.pick(words);
      const event =
        type === 'START' || type === 'LATER' ? { type, ms: dice.pick(delaysMs) } : { type };
      return { key: keyFor(dice, nth), event };
    },
  };
};
