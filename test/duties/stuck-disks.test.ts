/** What takes very long to get into the log is put there once all the same. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, fromCallback, setup } from 'xstate';
import { limits } from '../../machines/protocol/limits.ts';
import { World } from '../world/world.ts';

test('what an effect says while most disks are stuck is heard once', async () => {
  let say = (_what: string): void => {};
  const talker = setup({
    types: {
      context: {} as { heard: readonly string[] },
      events: {} as { type: 'GO' } | { type: 'SAID'; what: string },
    },
    actors: {
      talk: fromCallback(({ sendBack }) => {
        say = (what) => sendBack({ type: 'SAID', what });
      }),
    },
  }).createMachine({
    context: { heard: [] },
    initial: 'silent',
    states: {
      silent: { on: { GO: 'talking' } },
      talking: {
        invoke: { src: 'talk' },
        on: {
          SAID: {
            actions: assign({ heard: ({ context, event }) => [...context.heard, event.what] }),
          },
        },
      },
    },
  });
  const world = new World({ seed: 1, machines: { talker } });
  await world.start();
  const leader = await world.settle();
  const { term } = world.statusOf(leader);
  world.propose(leader, { type: 'GO' }, { machine: 'talker' });
  await world.run(200);
  const others = world.members.filter((node) => node !== leader);
  for (const node of others) world.disk(node).isHeld = true;
  say('once');
  await world.run(limits.proposalTimeoutMsMax + 5_000);
  assert.equal(world.statusOf(leader).term, term, 'it leads all the time');
  for (const node of others) {
    world.disk(node).isHeld = false;
    world.disk(node).release();
  }
  await world.calmDown();
  say('twice');
  await world.run(1_000);
  const view = world.service(leader).peek('talker', 'k')?.view;
  assert.deepEqual(view?.context, { heard: ['once', 'twice'] });
}, 60_000);
