/** Pages that one can leave and come back to, beside a region that saves what was written. */
import { and, assign, cancel, fromPromise, not, raise, setup, stateIn } from 'xstate';

type Draft = Readonly<{ name: string; street: string; isGift: boolean }>;

export const wizard = setup({
  types: {
    context: {} as Draft & { saves: number; problem: string | null },
    events: {} as
      | { type: 'WRITE'; field: 'name' | 'street'; text: string }
      | { type: 'TOGGLE_GIFT' }
      | { type: 'NEXT' }
      | { type: 'BACK' }
      | { type: 'HELP' }
      | { type: 'RETURN' }
      | { type: 'SUBMIT' }
      | { type: 'IDLE' },
    tags: {} as 'editing' | 'unsaved' | 'complete',
    output: {} as Draft,
  },
  actors: {
    save: fromPromise<{ version: number }, Draft & { version: number }>(async () => {
      throw new Error('no store is at hand');
    }),
  },
  actions: {
    write: assign((_, { field, text }: { field: 'name' | 'street'; text: string }) => ({
      [field]: text,
    })),
    saveSoon: raise({ type: 'IDLE' }, { id: 'idle', delay: 600 }),
    notYet: cancel('idle'),
  },
  guards: {
    hasName: ({ context }) => context.name !== '',
    hasStreet: ({ context }) => context.street !== '',
    isLong: (_, { text, min }: { text: string; min: number }) => text.length >= min,
  },
}).createMachine({
  id: 'wizard',
  context: { name: '', street: '', isGift: false, saves: 0, problem: null },
  type: 'parallel',
  states: {
    page: {
      initial: 'form',
      states: {
        form: {
          initial: 'person',
          on: {
            HELP: 'help',
            WRITE: {
              actions: [
                {
                  type: 'write',
                  params: ({ event: { field, text } }) => ({ field, text }),
                },
              ],
            },
          },
          states: {
            person: {
              tags: 'editing',
              on: { NEXT: { guard: 'hasName', target: 'address' } },
            },
            address: {
              type: 'parallel',
              on: {
                BACK: 'person',
                NEXT: {
                  guard: and(['hasStreet', not(stateIn('#wizard.store.saving'))]),
                  target: 'review',
                },
              },
              states: {
                street: {
                  initial: 'empty',
                  states: {
                    empty: {
                      tags: 'editing',
                      always: {
                        guard: {
                          type: 'isLong',
                          params: ({ context }) => ({ text: context.street, min: 3 }),
                        },
                        target: 'filled',
                      },
                    },
                    filled: {},
                  },
                },
                wrapping: {
                  initial: 'plain',
                  states: {
                    plain: {
                      on: {
                        TOGGLE_GIFT: { target: 'gift', actions: assign({ isGift: true }) },
                      },
                    },
                    gift: {
                      on: {
                        TOGGLE_GIFT: { target: 'plain', actions: assign({ isGift: false }) },
                      },
                    },
                  },
                },
              },
            },
            review: {
              tags: 'complete',
              on: {
                BACK: 'address',
                SUBMIT: { guard: stateIn('#wizard.store.saved'), target: '#wizard.page.sent' },
              },
            },
            lastPage: { type: 'history' },
            exactly: { type: 'history', history: 'deep' },
          },
        },
        help: {
          on: { RETURN: 'form.exactly', BACK: 'form.lastPage' },
          after: { 3_000: 'form.exactly' },
        },
        sent: { type: 'final' },
      },
    },
    store: {
      initial: 'saved',
      states: {
        saved: {
          on: { WRITE: 'changed', TOGGLE_GIFT: 'changed' },
          always: { guard: stateIn('#wizard.page.sent'), target: 'done' },
        },
        changed: {
          tags: 'unsaved',
          entry: 'saveSoon',
          exit: 'notYet',
          on: {
            WRITE: { actions: ['notYet', 'saveSoon'] },
            TOGGLE_GIFT: { actions: ['notYet', 'saveSoon'] },
            IDLE: 'saving',
          },
        },
        saving: {
          tags: 'unsaved',
          invoke: {
            src: 'save',
            input: ({ context: { name, street, isGift, saves } }) => ({
              name,
              street,
              isGift,
              version: saves + 1,
            }),
            onDone: {
              target: 'saved',
              actions: assign({ saves: ({ event }) => event.output.version, problem: null }),
            },
            onError: {
              target: 'changed',
              actions: assign({
                problem: ({ event }) => (event.error instanceof Error ? event.error.message : '?'),
              }),
            },
          },
          on: { WRITE: 'changed', TOGGLE_GIFT: 'changed' },
        },
        done: { type: 'final' },
      },
    },
  },
  output: ({ context: { name, street, isGift } }) => ({ name, street, isGift }),
});
