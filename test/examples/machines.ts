/**
 * What the real nodes replicate. Effects write down in a file that they begin, and go on when
 * there is another file: so a test can see them under way, and decide when they end.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { assign, fromPromise, setup } from 'xstate';
import { replicated } from '../../machines/replica/replicated.ts';
import { effectInfo } from '../../runtime/duties/effect-run.ts';

const diary = process.env.QUORATE_TEST_DIARY ?? '';
const write = (line: string): void => appendFileSync(diary, `${line}\n`);

const egg = setup({
  types: { context: {} as { rung: number }, events: {} as { type: 'BOIL' } },
  actions: { ring: assign({ rung: ({ context }) => context.rung + 1 }) },
}).createMachine({
  id: 'egg',
  context: { rung: 0 },
  initial: 'raw',
  states: {
    raw: { on: { BOIL: 'boiling' } },
    boiling: { after: { 6_000: { target: 'done', actions: 'ring' } } },
    done: {},
  },
});

const payment = setup({
  types: {
    context: {} as { name: string; problem: unknown },
    events: {} as { type: 'PAY'; name: string },
  },
  actors: {
    charge: fromPromise<string, { name: string }>(async ({ input: { name }, self, signal }) => {
      const info = effectInfo(self);
      write(`${name} begins ${info?.id} ${info?.fencingTerm}`);
      while (!existsSync(`${diary}.${name}`)) await sleep(20, null, { signal });
      return `r-${name}`;
    }),
  },
  actions: { mail: (_, { to }: { to: string }) => write(`${to} gets a mail`) },
}).createMachine({
  id: 'payment',
  context: { name: '', problem: null },
  initial: 'idle',
  states: {
    idle: {
      on: { PAY: { target: 'charging', actions: assign({ name: ({ event }) => event.name }) } },
    },
    charging: {
      invoke: {
        src: 'charge',
        input: ({ context: { name } }) => ({ name }),
        onDone: 'paid',
        onError: {
          target: 'unsure',
          actions: assign({ problem: ({ event }) => (event.error as { code?: unknown }).code }),
        },
      },
    },
    paid: { entry: { type: 'mail', params: ({ context: { name } }) => ({ to: name }) } },
    unsure: {},
  },
});

export const machines = {
  egg,
  payment,
  once: replicated(payment, { effects: { charge: 'at-most-once' } }),
};
