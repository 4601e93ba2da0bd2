/** What the tests of the client replicate. */
import { assign, emit, setup } from 'xstate';

export const order = setup({
  types: {
    context: {} as { cents: number; by: string },
    input: {} as { by: string } | undefined,
    output: {} as { cents: number },
    events: {} as { type: 'PAY'; cents: number } | { type: 'SHIP' } | { type: 'BREAK' },
    emitted: {} as { type: 'paid'; cents: number } | { type: 'shipped' },
    tags: {} as 'open' | 'closed',
  },
  guards: {
    breaks: (): boolean => {
      throw new Error('broken');
    },
  },
}).createMachine({
  id: 'order',
  context: ({ input }) => ({ cents: 0, by: input?.by ?? 'nobody' }),
  initial: 'open',
  states: {
    open: {
      tags: 'open',
      meta: { title: 'To be paid' },
      on: {
        PAY: {
          target: 'paid',
          actions: [
            assign({ cents: ({ context, event }) => context.cents + event.cents }),
            emit(({ event }) => ({ type: 'paid', cents: event.cents }) as const),
          ],
        },
        BREAK: { guard: 'breaks', target: 'paid' },
      },
    },
    paid: {
      tags: 'open',
      on: {
        PAY: { actions: assign({ cents: ({ context, event }) => context.cents + event.cents }) },
        SHIP: { target: 'shipped', actions: emit({ type: 'shipped' }) },
      },
    },
    shipped: { type: 'final', tags: 'closed' },
  },
  output: ({ context }) => ({ cents: context.cents }),
});
