/** What one run of an effect says is heard once and in order, however leaders come and go. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, fromCallback, setup, type AnyStateMachine } from 'xstate';
import { limits } from '../../machines/protocol/limits.ts';
import { effectInfo } from '../../runtime/duties/effect-run.ts';
import type { Life } from '../world/life.ts';
import { World } from '../world/world.ts';

type Owner = { life: Life | null };

/** Says a number every 3 ms, by the clock of the process that it runs in. */
const talker = (owner: Owner): AnyStateMachine =>
  setup({
    types: {
      context: {} as { heard: readonly string[] },
      events: {} as { type: 'GO' } | { type: 'SAID'; what: string },
    },
    actors: {
      talk: fromCallback(({ sendBack, self }) => {
        const term = effectInfo(self)?.fencingTerm;
        let isOver = false;
        const say = (count: number): void => {
          if (isOver) return;
          sendBack({ type: 'SAID', what: `${term}.${count}` });
          if (count < 300) owner.life?.happen(() => say(count + 1), 3);
        };
        say(0);
        return () => {
          isOver = true;
        };
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

type Happening = (world: World, leader: string, atMs: number) => void;

async function heardWhere(happening: Happening, seed: number, atMs: number) {
  let unborn: Owner = { life: null };
  const machines = Object.defineProperty({}, 'talker', {
    enumerable: true,
    get: () => talker(unborn),
  }) as Record<string, AnyStateMachine>;
  const world = new World({ seed, machines });
  world.onUp = ({ life }) => {
    unborn.life = life;
    unborn = { life: null };
  };
  await world.start();
  const leader = await world.settle();
  world.propose(leader, { type: 'GO' }, { machine: 'talker' });
  await world.run(40);
  happening(world, leader, atMs);
  await world.run(2_500);
  await world.calmDown();
  const views = world.members.map((node) => world.service(node).peek('talker', 'k')?.view?.context);
  const [heard = []] = views.map((context) => (context as { heard?: string[] }).heard);
  return heard;
}

/** By the leader that said it. */
function assertOnceInOrder(heard: readonly string[], where: string): number {
  const counts = new Map<string, number>();
  for (const what of heard) {
    const [term = '', count] = what.split('.');
    const due = counts.get(term) ?? 0;
    assert.equal(Number(count), due, `${where}: ${what} where ${term}.${due} was due`);
    counts.set(term, due + 1);
  }
  return counts.size;
}

const happenings: Readonly<Record<string, Happening>> = {
  'a leader that loses its quorum with a word in its log, and leads again': (world, _, atMs) => {
    world.after(atMs, () => world.members.forEach((node) => world.isolate(node)));
    world.after(atMs + 1_500, () => world.heal());
  },
  'a leader that is cut off': (world, leader, atMs) => {
    world.after(atMs, () => world.isolate(leader));
    world.after(atMs + 1_500, () => world.heal());
  },
  'a leader that hands over': (world, leader, atMs) => {
    world.after(atMs, () => world.transfer(leader));
    world.after(atMs + 700, () => world.transfer(world.leader() ?? leader, leader));
  },
};

for (const [what, happening] of Object.entries(happenings)) {
  test(
    what,
    async () => {
      for (const seed of [1, 2, 3]) {
        for (let atMs = 0.5; atMs < 6; atMs += 2) {
          const heard = await heardWhere(happening, seed, atMs);
          const leaders = assertOnceInOrder(heard, `seed ${seed}, at ${atMs} ms`);
          assert.ok(leaders >= 2, 'another leader ran it again');
        }
      }
    },
    120_000,
  );
}

/** One in which the same leader leads on. */
const troubles: Readonly<Record<string, Happening>> = {
  'a leader whose machine was suspended, with a word in its log of which it hears too late': (
    world,
    leader,
    atMs,
  ) => world.after(atMs, () => world.jump(leader, 2 * limits.proposalTimeoutMsMax)),
  'a leader that hands over in vain': (world, leader, atMs) =>
    world.after(atMs, () => {
      const heir = world.members.find((node) => node !== leader) ?? '';
      world.crashSoon(heir);
      world.transfer(leader, heir);
    }),
};

for (const [what, trouble] of Object.entries(troubles)) {
  test(what, async () => {
    for (let atMs = 0.5; atMs < 6; atMs += 1) {
      const heard = await heardWhere(trouble, 1, atMs);
      assertOnceInOrder(heard, `at ${atMs} ms`);
      assert.ok(heard.length > 100, 'it goes on');
    }
  });
}
