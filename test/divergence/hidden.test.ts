/** A difference that no client can see yet: in a child, or in where a history state leads. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, sendTo, setup } from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { World } from '../world/world.ts';

type Bias = { add: number };

const withChild = (bias: Bias) => {
  const tally = setup({
    types: { context: {} as { total: number }, events: {} as { type: 'ADD' } },
  }).createMachine({
    context: { total: 0 },
    on: { ADD: { actions: assign({ total: ({ context }) => context.total + 1 + bias.add }) } },
  });
  return setup({ actors: { tally } }).createMachine({
    invoke: { src: 'tally', id: 'tally' },
    on: { ADD: { actions: sendTo('tally', { type: 'ADD' }) } },
  });
};

const withHistory = (bias: Bias) =>
  setup({ guards: { isHonest: () => bias.add === 0 } }).createMachine({
    initial: 'out',
    states: {
      out: { on: { ADD: 'in' } },
      in: {
        initial: 'first',
        states: {
          first: {
            always: [{ guard: 'isHonest', target: 'left' }, { target: 'right' }],
          },
          left: { always: '#left' },
          right: { always: '#left' },
          back: { type: 'history' },
        },
      },
      left: { id: 'left' },
    },
  });

for (const [what, machineOf, path] of [
  ['a child', withChild, 'inside["x:1"].context.total'],
  ['what a history state remembers', withHistory, 'inside["x:0"].remembered'],
] as const) {
  test(`a difference in ${what} is found, and named`, async () => {
    const biases = new Map<string, Bias>();
    const world = new World({
      machinesOf: (node) => {
        const bias = { add: 0 };
        biases.set(node, bias);
        return { hiding: machineOf(bias) };
      },
      mayDiverge: true,
    });
    await world.start();
    const leader = await world.settle();
    const tell = (event: MachineEvent) => world.propose(leader, event, { machine: 'hiding' });
    tell({ type: 'NONE' });
    await world.run(2 * limits.checkpointMs);
    const bad = world.members.find((node) => node !== leader) ?? '';
    (biases.get(bad) ?? assert.fail()).add = 1;
    tell({ type: 'ADD' });
    const found = () => world.statusOf(bad).quarantined;
    await world.runUntil(() => typeof found()?.path === 'string', 30_000);
    assert.ok(found()?.path?.startsWith(path), found()?.message);
    for (const node of world.members) {
      if (node !== bad) assert.equal(world.statusOf(node).quarantined, null);
    }
  });
}
