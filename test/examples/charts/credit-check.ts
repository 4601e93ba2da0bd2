/** Promises side by side, one of which may fail, and a decision once all have come to an end. */
import { assign, fromPromise, setup } from 'xstate';

export type Bureau = 'first' | 'second' | 'third';
type Report = Readonly<{ score: number }>;
type Applicant = Readonly<{ name: string }>;

const unplugged = async (): Promise<never> => {
  throw new Error('no bureau is at hand');
};

export const creditCheck = setup({
  types: {
    context: {} as {
      name: string;
      problems: readonly string[];
      scores: Partial<Record<Bureau, number>>;
      rate: number | null;
    },
    events: {} as { type: 'APPLY'; name: string } | { type: 'RECONSIDER' },
    output: {} as { approved: boolean; rate: number | null },
    tags: {} as 'waiting',
  },
  actors: {
    verify: fromPromise<boolean, Applicant>(unplugged),
    askBureau: fromPromise<Report, Applicant & { bureau: Bureau }>(unplugged),
    rateFor: fromPromise<number, { score: number }>(unplugged),
  },
  actions: {
    keepScore: assign({
      scores: ({ context }, { bureau, score }: { bureau: Bureau; score: number }) => ({
        ...context.scores,
        [bureau]: score,
      }),
    }),
    keepProblem: assign({
      problems: ({ context }, { error }: { error: unknown }) => [
        ...context.problems,
        error instanceof Error ? error.message : 'it is no error',
      ],
    }),
  },
  guards: {
    isGood: ({ context }) => {
      const scores = Object.values(context.scores);
      return scores.length >= 2 && scores.every((score) => score > 600);
    },
  },
}).createMachine({
  id: 'creditCheck',
  context: { name: '', problems: [], scores: {}, rate: null },
  initial: 'idle',
  states: {
    idle: {
      on: {
        APPLY: { target: 'verifying', actions: assign({ name: ({ event }) => event.name }) },
      },
    },
    verifying: {
      tags: 'waiting',
      invoke: {
        src: 'verify',
        input: ({ context }) => ({ name: context.name }),
        onDone: [{ guard: ({ event }) => event.output, target: 'asking' }, { target: 'declined' }],
        onError: {
          target: 'idle',
          actions: { type: 'keepProblem', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    asking: {
      tags: 'waiting',
      type: 'parallel',
      states: {
        first: asking('first'),
        second: asking('second'),
        third: asking('third'),
      },
      onDone: 'deciding',
    },
    deciding: {
      always: [{ guard: 'isGood', target: 'pricing' }, { target: 'declined' }],
    },
    pricing: {
      tags: 'waiting',
      invoke: {
        src: 'rateFor',
        input: ({ context }) => ({ score: Math.min(...Object.values(context.scores)) }),
        onDone: { target: 'approved', actions: assign({ rate: ({ event }) => event.output }) },
        onError: {
          target: 'declined',
          actions: { type: 'keepProblem', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    declined: { on: { RECONSIDER: { target: 'asking', actions: assign({ scores: {} }) } } },
    approved: { type: 'final' },
  },
  output: ({ context }) => ({ approved: context.rate !== null, rate: context.rate }),
});

function asking<const Name extends Bureau>(bureau: Name) {
  return {
    initial: 'waiting',
    states: {
      waiting: {
        invoke: {
          src: 'askBureau',
          id: `bureau.${bureau}` as const,
          input: ({ context }: { context: Applicant }) => ({ name: context.name, bureau }),
          onDone: {
            target: 'told',
            actions: {
              type: 'keepScore',
              params: ({ event }: { event: { output: Report } }) => ({
                bureau,
                score: event.output.score,
              }),
            },
          },
          onError: {
            target: 'silent',
            actions: {
              type: 'keepProblem',
              params: ({ event }: { event: { error: unknown } }) => ({ error: event.error }),
            },
          },
        },
      },
      told: { type: 'final' },
      silent: { type: 'final' },
    },
  } as const;
}
