/**
 * Whether a node still agrees with the others on every state, and what it does if it does not:
 * it keeps to itself until it is restarted, and finds out where it went another way.
 *
 *   hears    verdict.*  what a comparison with the others came to
 *            inquiry.*  what a node that is right has answered
 *            node.*     the process ends
 *   wishes   judge, seclude, handOver, askCourse, askRows, askState, tell
 *   never    stops voting or keeping the log: the log is right, what was made of it is not
 */
import { assign, setup } from 'xstate';
import { limits } from './protocol/limits.ts';

export type DivergenceEvent =
  /** A majority of the voters came to the same, this node among them. */
  | Readonly<{ type: 'verdict.agreed' }>
  /** Somebody came to something else, and nobody knows yet who is right. */
  | Readonly<{ type: 'verdict.contested' }>
  /** It is for others to say what is right. */
  | Readonly<{ type: 'verdict.outvoted' }>
  /** No difference in this page; there are more. */
  | Readonly<{ type: 'inquiry.goesOn' }>
  /** This entry, or this instance, is where it shows. */
  | Readonly<{ type: 'inquiry.found' }>
  /** None of them shows it. */
  | Readonly<{ type: 'inquiry.cameToNothing' }>
  /** The instance is known as the other has it. */
  | Readonly<{ type: 'inquiry.shown' }>
  | Readonly<{ type: 'node.stopped' }>;

export type DivergenceWish =
  /** Whoever has not spoken by now need not be waited for. */
  | 'judge'
  /** Refuse clients, and leave the machines' work to others. */
  | 'seclude'
  /** If we lead, somebody else should. */
  | 'handOver'
  /** Ask what became of each entry that both remember; on with the next page. */
  | 'askCourse'
  /** Ask what each instance has come to; on with the next page. */
  | 'askRows'
  /** Ask for the one instance, in full. */
  | 'askState'
  /** Nobody answered in time: ask another from now on. */
  | 'turnToAnother'
  /** Say what is known by now. */
  | 'tell';

/** From one attempt to hand leadership over to the next. */
const handOverAgainMs = 2_000;

export const divergenceMachine = setup({
  types: {
    context: {} as Readonly<{ attempts: number }>,
    events: {} as DivergenceEvent,
  },
  delays: {
    dissentPatience: limits.dissentPatienceMs,
    inquiryPatience: limits.inquiryPatienceMs,
    handOverAgain: handOverAgainMs,
  },
  actions: {
    request: (_args, _wish: DivergenceWish): void => {},
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    startCounting: assign({ attempts: 0 }),
  },
  guards: {
    isHopeless: ({ context }) => context.attempts >= limits.inquiryAttemptsMax,
  },
}).createMachine({
  id: 'divergence',
  context: { attempts: 0 },
  initial: 'agreeing',
  on: {
    // Late answers, or from before.
    'inquiry.goesOn': {},
    'inquiry.found': {},
    'inquiry.cameToNothing': {},
    'inquiry.shown': {},
    'node.stopped': '.over',
  },
  states: {
    agreeing: {
      description: 'Nothing that was heard of other nodes speaks against our states.',
      on: {
        'verdict.agreed': {},
        'verdict.contested': 'contested',
        'verdict.outvoted': 'quarantined',
      },
    },
    contested: {
      description: 'Another node has come to something else. Some have yet to say what they have.',
      after: {
        dissentPatience: {
          target: 'contested',
          reenter: true,
          actions: { type: 'request', params: 'judge' },
        },
      },
      on: {
        'verdict.agreed': 'agreeing',
        'verdict.contested': {},
        'verdict.outvoted': 'quarantined',
      },
    },
    quarantined: {
      description: 'Our states are wrong. They are shown to nobody until they have been made anew.',
      entry: { type: 'request', params: 'seclude' },
      type: 'parallel',
      on: {
        // What was wrong once has been wrong: what came of it is not known.
        'verdict.agreed': {},
        'verdict.contested': {},
        'verdict.outvoted': {},
      },
      states: {
        office: {
          description: 'Whoever leads should be able to answer.',
          initial: 'waiting',
          states: {
            // Re-entered within its region: the other one must not notice.
            waiting: {
              description: 'It was said that somebody else should lead, if we do.',
              entry: { type: 'request', params: 'handOver' },
              after: { handOverAgain: { target: 'waiting', reenter: true } },
            },
          },
        },
        inquiry: {
          description: 'Somebody who is right is asked where the difference began.',
          initial: 'tracing',
          states: {
            tracing: {
              description: 'Through what became of each entry that both remember.',
              entry: { type: 'request', params: 'askCourse' },
              after: {
                inquiryPatience: [
                  { guard: 'isHopeless', target: 'told' },
                  {
                    target: 'tracing',
                    reenter: true,
                    actions: ['countAttempt', { type: 'request', params: 'turnToAnother' }],
                  },
                ],
              },
              on: {
                'inquiry.goesOn': { target: 'tracing', reenter: true, actions: 'startCounting' },
                'inquiry.found': { target: 'reading', actions: 'startCounting' },
                'inquiry.cameToNothing': { target: 'sweeping', actions: 'startCounting' },
              },
            },
            sweeping: {
              description: 'Through all instances, as they are now.',
              entry: { type: 'request', params: 'askRows' },
              after: {
                inquiryPatience: [
                  { guard: 'isHopeless', target: 'told' },
                  {
                    target: 'sweeping',
                    reenter: true,
                    actions: ['countAttempt', { type: 'request', params: 'turnToAnother' }],
                  },
                ],
              },
              on: {
                'inquiry.goesOn': { target: 'sweeping', reenter: true, actions: 'startCounting' },
                'inquiry.found': 'reading',
                'inquiry.cameToNothing': { target: 'pausing', actions: 'countAttempt' },
              },
            },
            pausing: {
              description: 'What differs may have been changing just now.',
              after: {
                inquiryPatience: [{ guard: 'isHopeless', target: 'told' }, { target: 'sweeping' }],
              },
            },
            reading: {
              description: 'The one instance, in full.',
              entry: { type: 'request', params: 'askState' },
              after: {
                inquiryPatience: [
                  { guard: 'isHopeless', target: 'told' },
                  {
                    target: 'reading',
                    reenter: true,
                    actions: ['countAttempt', { type: 'request', params: 'turnToAnother' }],
                  },
                ],
              },
              on: {
                'inquiry.shown': 'told',
                'inquiry.cameToNothing': { target: 'pausing', actions: 'countAttempt' },
              },
            },
            told: {
              description: 'What could be found out has been.',
              entry: { type: 'request', params: 'tell' },
            },
          },
        },
      },
    },
    over: { type: 'final', description: 'The process ends.' },
  },
});
