/** Delays, effects and events between instances, while nodes crash, are cut off and hand over. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import { effectInfo } from '../../runtime/duties/effect-run.ts';
import { replicated } from '../../machines/replica/replicated.ts';
import { sendToInstance } from '../../machines/replica/sending.ts';
import { World } from '../world/world.ts';

const delayMs = 300;

type Tally = {
  rounds: number;
  fired: number;
  done: number;
  lost: number;
  sent: number;
};

/** How often each effect has begun, by its id, in all lives of all nodes. */
type Begun = Map<string, number>;

const workerOf = (begun: Begun) => {
  const work = fromPromise<void>(async ({ self }) => {
    const id = effectInfo(self)?.id ?? '';
    begun.set(id, (begun.get(id) ?? 0) + 1);
  });
  return setup({
    types: { context: {} as Tally, events: {} as { type: 'GO' } },
    actors: { once: work },
    actions: {
      send: sendToInstance({ machine: 'sink', key: 's' }, ({ context }) => ({
        type: 'GOT',
        nth: context.sent,
      })),
    },
    delays: { aWhile: delayMs },
  }).createMachine({
    context: { rounds: 0, fired: 0, done: 0, lost: 0, sent: 0 },
    initial: 'idle',
    states: {
      idle: { on: { GO: 'waiting' } },
      waiting: {
        entry: [
          assign({ rounds: ({ context }) => context.rounds + 1 }),
          'send',
          assign({ sent: ({ context }) => context.sent + 1 }),
        ],
        after: {
          aWhile: {
            target: 'working',
            actions: assign({ fired: ({ context }) => context.fired + 1 }),
          },
        },
      },
      working: {
        invoke: {
          src: 'once',
          onDone: {
            target: 'idle',
            actions: assign({ done: ({ context }) => context.done + 1 }),
          },
          onError: {
            target: 'idle',
            actions: assign({ lost: ({ context }) => context.lost + 1 }),
          },
        },
      },
    },
  });
};

const sink = setup({
  types: {
    context: {} as { got: readonly number[] },
    events: {} as { type: 'GOT'; nth: number },
  },
}).createMachine({
  context: { got: [] },
  on: {
    GOT: { actions: assign({ got: ({ context, event }) => [...context.got, event.nth] }) },
  },
});

for (const seed of [1, 2, 110]) {
  test(`seed ${seed}`, { timeout: 120_000 }, async () => {
    const begun: Begun = new Map();
    const worker = replicated(workerOf(begun), { effects: { once: 'at-most-once' } });
    const world = new World({ seed, machinesOf: () => ({ worker, sink }) });
    await world.start();
    await world.settle();
    const { chance } = world;
    const tally = (): Tally | undefined => {
      const up = world.members.find((node) => world.isUp(node)) ?? '';
      return world.service(up).peek('worker', 'k')?.view?.context as Tally | undefined;
    };
    for (let turn = 0; turn < 120; turn += 1) {
      const node = chance.pick(world.members);
      if (world.isUp(node)) world.propose(node, { type: 'GO' }, { machine: 'worker' });
      await world.run(chance.integer(1, 250));
      const other = chance.pick(world.members);
      switch (chance.integer(0, 9)) {
        case 0:
          if (world.isUp(other)) world.crash(other);
          await world.run(chance.integer(0, 800));
          await world.start(other);
          break;
        case 1:
          world.isolate(world.leader() ?? other);
          break;
        case 2:
        case 3:
          world.heal();
          break;
        case 4:
          if (world.isUp(other)) world.transfer(world.leader() ?? other);
          break;
        case 5:
          if (world.isUp(other)) {
            world.pause(other);
            await world.run(chance.integer(10, 2_000));
            world.wake(other);
          }
          break;
        default:
      }
    }
    await world.calmDown();
    await world.run(3_000);
    const { rounds, fired, done, lost, sent } = tally() ?? assert.fail();
    const sunk = world.service('a').peek('sink', 's')?.view ?? assert.fail();
    const { got } = sunk.context as { got: number[] };
    assert.ok(rounds > 10, `${rounds} rounds`);
    assert.deepEqual(
      got,
      Array.from({ length: sent }, (_, nth) => nth),
      'each event arrives once, in order',
    );
    assert.equal(fired, rounds, 'each delay fires once');
    assert.equal(done + lost, rounds, 'each effect ends once');
    for (const [id, times] of begun) assert.equal(times, 1, `effect ${id} begins once at most`);
    assert.ok(begun.size >= done);
  });
}
