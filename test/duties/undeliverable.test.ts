/** What effects ask for that can never be: the cluster goes on, and its log does not fill. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, fromPromise, setup, type AnyStateMachine } from 'xstate';
import { limits } from '../../machines/protocol/limits.ts';
import { sendToInstance } from '../../machines/replica/sending.ts';
import { World } from '../world/world.ts';

async function worldOf(machine: AnyStateMachine): Promise<World> {
  const world = new World({ machines: { worker: machine } });
  await world.start();
  const leader = await world.settle();
  world.propose(leader, { type: 'GO' }, { machine: 'worker' });
  await world.run(500);
  return world;
}

async function assertAtRest(world: World): Promise<void> {
  const leader = await world.settle();
  assert.equal(world.core(leader).replica.agenda.effects.size, 0);
  const { lastIndex, lifecycle } = world.statusOf(leader);
  await world.run(10_000);
  assert.equal(world.statusOf(leader).lastIndex, lastIndex);
  assert.equal(lifecycle, 'Running');
  const answer = world.propose(leader, { type: 'GO' }, { machine: 'worker' });
  await world.run(500);
  assert.equal(answer.outcome?.end, 'committed');
}

const viewOf = (world: World) => world.service('a').peek('worker', 'k')?.view;

const giving = (output: unknown): AnyStateMachine =>
  setup({
    types: { context: {} as { problem: string } },
    actors: { work: fromPromise(async () => output) },
  }).createMachine({
    context: { problem: '' },
    initial: 'idle',
    states: {
      idle: { on: { GO: 'working' } },
      working: {
        invoke: {
          src: 'work',
          onDone: 'done',
          onError: {
            target: 'failed',
            actions: assign({ problem: ({ event }) => String(event.error) }),
          },
        },
      },
      done: {},
      failed: {},
    },
  });

test('a promise that gives more than an entry holds fails', async () => {
  const world = await worldOf(giving('x'.repeat(limits.entryBytesMax)));
  assert.equal(viewOf(world)?.value, 'failed');
  assert.match(JSON.stringify(viewOf(world)?.context), /problem.*bytes/);
  await assertAtRest(world);
});

test('a promise that gives what is no data fails', async () => {
  const world = await worldOf(giving(() => {}));
  assert.equal(viewOf(world)?.value, 'failed');
  await assertAtRest(world);
});

const sendingTo = (machine: string, key: string, type: string): AnyStateMachine =>
  setup({}).createMachine({
    initial: 'idle',
    states: {
      idle: { on: { GO: 'sent' } },
      sent: { entry: sendToInstance({ machine, key }, { type }) },
    },
  });

test('a chart cannot stop its cluster', async () => {
  const world = await worldOf(sendingTo('lifecycle', 'cluster', 'STOP'));
  assert.equal(viewOf(world)?.value, 'sent');
  await assertAtRest(world);
});

test('an event for a machine that there is not is dropped', async () => {
  const world = await worldOf(sendingTo('nobody', '1', 'HELLO'));
  assert.equal(viewOf(world)?.value, 'sent');
  await assertAtRest(world);
});
