/** A hand-over that comes to nothing leaves the leader in office: what it runs goes on. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import { effectInfo } from '../../runtime/duties/effect-run.ts';
import { replicated } from '../../machines/replica/replicated.ts';
import { World } from '../world/world.ts';

type Run = { term: number; aborted: boolean };

const working = (runs: Run[]) =>
  setup({
    types: { context: {} as { came: string } },
    actors: {
      work: fromPromise<string>(({ self, signal }) => {
        const run = { term: effectInfo(self)?.fencingTerm ?? -1, aborted: false };
        runs.push(run);
        signal.addEventListener('abort', () => (run.aborted = true));
        return new Promise(() => {});
      }),
    },
  }).createMachine({
    context: { came: '' },
    initial: 'idle',
    states: {
      idle: { on: { GO: 'busy' } },
      busy: {
        invoke: {
          src: 'work',
          onDone: 'over',
          onError: {
            target: 'over',
            actions: assign({ came: ({ event }) => (event.error as { code: string }).code }),
          },
        },
      },
      over: {},
    },
  });

for (const policy of ['at-least-once', 'at-most-once'] as const) {
  test(`an effect that is to run ${policy} goes on while nobody else comes to lead`, async () => {
    const runs: Run[] = [];
    const machines = { worker: replicated(working(runs), { effects: { work: policy } }) };
    const world = new World({ seed: 1, machines });
    await world.start();
    const leader = await world.settle();
    world.propose(leader, { type: 'GO' }, { machine: 'worker' });
    await world.runUntil(() => runs.length > 0, 2_000);
    const { term } = world.statusOf(leader);
    const heir = world.members.find((node) => node !== leader) ?? '';
    world.cut(leader, heir);
    world.transfer(leader, heir);
    await world.run(450);
    world.heal();
    await world.run(3_000);
    const { leader: now, term: termNow } = world.statusOf(leader);
    assert.deepEqual([now, termNow], [leader, term], 'it leads, as it did');
    const view = world.service(leader).peek('worker', 'k')?.view;
    assert.deepEqual(runs, [{ term, aborted: false }]);
    assert.equal(view?.value, 'busy');
    await world.calmDown();
  });
}
