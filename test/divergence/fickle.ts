/** Machines that are not the same on every node: they look at what their node alone can see. */
import { assign, setup } from 'xstate';
import type { NodeId } from '../../machines/protocol/ids.ts';
import { World, type WorldOptions } from '../world/world.ts';

/** What a node adds of its own: nothing as long as it is honest. */
export type Bias = {
  add: number;
  /** How often it has done something that reaches out of the machine. */
  acts?: number;
};

const fickleTypes = {
  context: {} as {
    total: number;
    byHand: ReadonlyMap<string, number>;
    parts: readonly { by: number }[];
  },
  events: {} as
    | { type: 'ADD'; by: number }
    | { type: 'NOTE'; hand: string }
    | { type: 'PICKY'; by: number }
    | { type: 'WAIT' }
    | { type: 'ACT' },
};

export const fickleMachine = (bias: Bias) =>
  setup({
    types: fickleTypes,
    guards: { isHonest: () => bias.add === 0 },
    actions: { act: () => void (bias.acts = (bias.acts ?? 0) + 1) },
    delays: { aWhile: () => 60_000 + bias.add },
  }).createMachine({
    context: { total: 0, byHand: new Map(), parts: [] },
    initial: 'open',
    states: {
      open: {
        on: {
          WAIT: 'waiting',
          ACT: { actions: 'act' },
          ADD: {
            actions: assign({
              total: ({ context, event }) => context.total + event.by + bias.add,
              parts: ({ context, event }) => [...context.parts, { by: event.by }].slice(-3),
            }),
          },
          NOTE: {
            actions: assign({
              byHand: ({ context, event }) => new Map(context.byHand).set(event.hand, bias.add),
            }),
          },
          PICKY: {
            actions: assign({
              total: ({ context, event }) => {
                if (bias.add !== 0) throw new Error('not on this node');
                return context.total + event.by;
              },
            }),
          },
        },
      },
      waiting: { after: { aWhile: 'open' } },
    },
  });

/** A settled cluster whose every node has a bias of its own, none at first. */
export async function fickleWorld(options: WorldOptions = {}) {
  const biases = new Map<string, Bias>();
  const biasOf = (node: string): Bias => {
    const bias = biases.get(node) ?? { add: 0 };
    biases.set(node, bias);
    return bias;
  };
  const world = new World({
    machinesOf: (node: NodeId) => ({ fickle: fickleMachine(biasOf(node)) }),
    mayDiverge: true,
    ...options,
  });
  await world.start();
  const leader = await world.settle();
  const followers = world.members.filter((member) => member !== leader);
  return { world, leader, followers, biasOf };
}
