/** A cluster that is Stopped while machines wait for something. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import { sendToInstance } from '../../machines/replica/sending.ts';
import { World } from '../world/world.ts';

let give = (_value: string): void => {};

const worker = setup({
  types: { context: {} as { result: string | null }, events: {} as { type: 'GO' } },
  actors: {
    work: fromPromise<string>(
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    ),
  },
}).createMachine({
  context: { result: null },
  initial: 'idle',
  states: {
    idle: { on: { GO: 'working' } },
    working: {
      invoke: {
        src: 'work',
        onDone: { target: 'resting', actions: assign({ result: ({ event }) => event.output }) },
      },
    },
    resting: { after: { 1_000: 'rested' } },
    rested: { entry: sendToInstance({ machine: 'hearer', key: 'h' }, { type: 'RESTED' }) },
  },
});

const hearer = setup({}).createMachine({
  initial: 'deaf',
  states: { deaf: { on: { RESTED: 'happy' } }, happy: {} },
});

async function working(): Promise<{ world: World; leader: string }> {
  const world = new World({ machines: { worker, hearer } });
  await world.start();
  const leader = await world.settle();
  world.propose(leader, { type: 'GO' }, { machine: 'worker' });
  await world.run(50);
  return { world, leader };
}

const lifecycle = async (world: World, leader: string, type: string): Promise<void> => {
  world.propose(leader, { type }, { machine: 'lifecycle', key: 'cluster' });
  await world.run(50);
};
const valueOf = (world: World, machine: string, key = 'k'): unknown =>
  world.service('a').peek(machine, key)?.view?.value;

test('what an effect gives meanwhile is heard when the cluster is Running again', async () => {
  const { world, leader } = await working();
  await lifecycle(world, leader, 'STOP');
  give('done');
  await world.run(20_000);
  assert.equal(valueOf(world, 'worker'), 'working');
  const { lastIndex } = world.statusOf(leader);
  await world.run(20_000);
  assert.equal(world.statusOf(leader).lastIndex, lastIndex, 'the log does not fill meanwhile');
  await lifecycle(world, leader, 'RUN');
  await world.run(500);
  assert.equal(valueOf(world, 'worker'), 'resting');
});

test('likewise where the cluster is stopped just before it is heard', async () => {
  for (let lateMs = 0; lateMs < 6; lateMs += 0.5) {
    const { world, leader } = await working();
    world.propose(leader, { type: 'STOP' }, { machine: 'lifecycle', key: 'cluster' });
    await world.run(lateMs);
    give('done');
    await world.run(5_000);
    await lifecycle(world, leader, 'RUN');
    await world.run(2_000);
    assert.equal(valueOf(world, 'worker'), 'rested', `${lateMs} ms later`);
    assert.equal(valueOf(world, 'hearer', 'h'), 'happy');
  }
});

test('a deadline that passes meanwhile fires when the cluster is Running again', async () => {
  const { world, leader } = await working();
  give('done');
  await world.run(500);
  assert.equal(valueOf(world, 'worker'), 'resting');
  await lifecycle(world, leader, 'STOP');
  await world.run(20_000);
  assert.equal(valueOf(world, 'worker'), 'resting');
  await lifecycle(world, leader, 'RUN');
  await world.run(500);
  assert.equal(valueOf(world, 'worker'), 'rested');
  assert.equal(valueOf(world, 'hearer', 'h'), 'happy');
});
