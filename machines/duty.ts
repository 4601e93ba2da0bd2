/**
 * What a node owes to the machines while it leads: to wake them when their time has come, and to
 * run what they have asked for. It begins when the log shows that its reign has begun, since only
 * then is everything known that earlier leaders have seen done; it ends with the leadership.
 *
 *   hears    leader.*  we lead, or no longer
 *            log.*     entries were applied; our own tick was among them
 *            clock.*   something may be due
 *            chore.*   a tick of ours ended, and if we still wait for it, it came to nothing
 *   wishes   tick, attend, abandon
 */
import { assign, setup } from 'xstate';
import type { Term } from './protocol/ids.ts';

export type DutyEvent =
  | Readonly<{ type: 'leader.self'; term: Term; isAwaited: boolean }>
  | Readonly<{ type: 'leader.other' }>
  /**
   * `reign`: the term whose leader's ticks the log has come to. `isAwaited`: some instance waits
   * for a deadline or an effect.
   */
  | Readonly<{ type: 'log.applied'; reign: Term | null; isAwaited: boolean }>
  | Readonly<{ type: 'clock.rang' }>
  | Readonly<{ type: 'chore.failed' }>;

export type DutyWish =
  /** Tell the log that we lead, and what our wall clock shows. */
  | 'tick'
  /** Look at what is due and what has been asked for. */
  | 'attend'
  /** Stop all that runs: another leader may run it. */
  | 'abandon';

export const dutyMachine = setup({
  types: {
    context: {} as Readonly<{ term: Term | null }>,
    events: {} as DutyEvent,
  },
  actions: {
    request: (_args, _wish: DutyWish): void => {},
    rememberTerm: assign({
      term: ({ context, event }) => (event.type === 'leader.self' ? event.term : context.term),
    }),
  },
  guards: {
    isAwaited: ({ event }) => 'isAwaited' in event && event.isAwaited,
    isStillOurs: ({ context, event }) =>
      event.type === 'leader.self' && event.term === context.term,
    hasOurReignBegun: ({ context, event }) =>
      event.type === 'log.applied' && event.reign !== null && event.reign === context.term,
  },
}).createMachine({
  id: 'duty',
  context: { term: null },
  initial: 'aside',
  on: {
    'leader.self': [
      { guard: 'isAwaited', target: '.opening', actions: 'rememberTerm' },
      { target: '.unneeded', actions: 'rememberTerm' },
    ],
    'leader.other': '.aside',
  },
  states: {
    aside: {
      description: 'Another node leads, or none.',
      on: { 'log.applied': {}, 'clock.rang': {}, 'chore.failed': {} },
    },
    unneeded: {
      description: 'We lead, and no instance waits for anything. The log need not hear of us.',
      on: {
        'log.applied': [{ guard: 'isAwaited', target: 'opening' }, {}],
        'clock.rang': {},
        'chore.failed': {},
      },
    },
    opening: {
      description: 'We lead, and are needed. Our first tick is on its way through the log.',
      entry: { type: 'request', params: 'tick' },
      on: {
        'log.applied': [{ guard: 'hasOurReignBegun', target: 'onDuty' }, {}],
        'clock.rang': {},
        'chore.failed': { target: 'opening', reenter: true },
      },
    },
    onDuty: {
      description: 'All that the machines wait for is ours to do.',
      entry: { type: 'request', params: 'attend' },
      on: {
        // A hand-over that was given up: nobody else has led meanwhile, and all goes on.
        'leader.self': { guard: 'isStillOurs' },
        'log.applied': { actions: { type: 'request', params: 'attend' } },
        'clock.rang': { actions: { type: 'request', params: 'attend' } },
        'chore.failed': {},
      },
      exit: { type: 'request', params: 'abandon' },
    },
  },
});
