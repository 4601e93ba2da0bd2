/**
 * One thing that an instance has asked of the world, on the leader that sees to it: a promise, a
 * callback or an observable to run, a custom action, an event for one of the former or for
 * another instance. What it says goes into the log piece by piece, each when the one before is
 * there, so that it is heard in order.
 *
 *   hears    log.*     it was claimed for us; what we put into the log is there, or is not
 *            effect.*  it says something, it is finished, nobody waits for it any more
 *   wishes   claim, run, report, finish, deliver, stop
 */
import { assign, setup } from 'xstate';
import type { Said } from './protocol/chore.ts';

export type EffectEvent =
  | Readonly<{ type: 'log.claimed' }>
  | Readonly<{ type: 'log.reported' }>
  | Readonly<{ type: 'log.failed' }>
  | Readonly<{ type: 'effect.said'; said: Said }>
  | Readonly<{ type: 'effect.finished' }>
  /** The chart waits for it no longer, or we do not lead any more. */
  | Readonly<{ type: 'effect.over' }>;

export type EffectWish = 'claim' | 'run' | 'report' | 'finish' | 'deliver' | 'stop';

export type EffectInput = Readonly<{
  kind: 'invocation' | 'telling' | 'action' | 'sending';
  /** Nobody may begin it twice. */
  isOnce: boolean;
  /** An earlier leader may have begun it. */
  isClaimed: boolean;
}>;

type Context = EffectInput & Readonly<{ unsaid: readonly Said[] }>;

/** How an effect ends whose leader is gone, where it may not be run again. */
export const lost: Said = {
  to: 'failure',
  error: Object.assign(
    new Error('the leader that ran this effect is gone: it may have happened or not'),
    { code: 'effect-lost' },
  ),
};

export const effectMachine = setup({
  types: {
    context: {} as Context,
    events: {} as EffectEvent,
    input: {} as EffectInput,
  },
  actions: {
    request: (_args, _wish: EffectWish): void => {},
    hear: assign({
      unsaid: ({ context, event }) =>
        event.type === 'effect.said' ? [...context.unsaid, event.said] : context.unsaid,
    }),
    hearLoss: assign({ unsaid: [lost] }),
    forgetFirst: assign({ unsaid: ({ context }) => context.unsaid.slice(1) }),
  },
  guards: {
    isSending: ({ context }) => context.kind === 'sending',
    isLostInvocation: ({ context }) => context.isClaimed && context.kind === 'invocation',
    isClaimed: ({ context }) => context.isClaimed,
    isOnce: ({ context }) => context.isOnce,
    hasMoreToSay: ({ context }) => context.unsaid.length > 1,
  },
}).createMachine({
  id: 'effect',
  context: ({ input }) => ({ ...input, unsaid: [] }),
  initial: 'deciding',
  // Whatever comes when it does not matter any more: the log has the last word.
  on: {
    'effect.over': '.over',
    'log.claimed': {},
    'log.reported': {},
    'log.failed': {},
    // What does not run says nothing.
    'effect.said': {},
    'effect.finished': {},
  },
  states: {
    deciding: {
      always: [
        { guard: 'isSending', target: 'delivering' },
        { guard: 'isLostInvocation', target: 'reporting', actions: 'hearLoss' },
        { guard: 'isClaimed', target: 'finishing' },
        { guard: 'isOnce', target: 'claiming' },
        { target: 'running' },
      ],
    },
    claiming: {
      description: 'The log is to say that it is ours before anything happens.',
      entry: { type: 'request', params: 'claim' },
      on: {
        'log.claimed': 'running',
        'log.failed': { target: 'claiming', reenter: true },
      },
    },
    running: {
      description: 'It runs, and all that it has said so far is in the log.',
      initial: 'beginning',
      on: {
        'effect.said': { target: 'reporting', actions: 'hear' },
        'effect.finished': 'finishing',
      },
      states: {
        beginning: { entry: { type: 'request', params: 'run' }, always: 'quiet' },
        quiet: {},
      },
    },
    reporting: {
      description: 'What it said is on its way into the log.',
      entry: { type: 'request', params: 'report' },
      on: {
        'effect.said': { actions: 'hear' },
        'log.reported': [
          { guard: 'hasMoreToSay', target: 'reporting', reenter: true, actions: 'forgetFirst' },
          { target: 'running.quiet', actions: 'forgetFirst' },
        ],
        'log.failed': { target: 'reporting', reenter: true },
      },
    },
    finishing: {
      description: 'It was done. The log is to say so, or the next leader would do it again.',
      entry: { type: 'request', params: 'finish' },
      on: { 'log.failed': { target: 'finishing', reenter: true } },
    },
    delivering: {
      description: 'The log is to bring the event to the other instance.',
      entry: { type: 'request', params: 'deliver' },
      on: {
        'log.reported': {
          description: 'It is in the log, but it was not its turn, or the cluster was not Running.',
          target: 'delivering',
          reenter: true,
        },
        'log.failed': { target: 'delivering', reenter: true },
      },
    },
    over: {
      type: 'final',
      entry: { type: 'request', params: 'stop' },
    },
  },
});
