/** Actions of the user's own: what a chart asks for once and for all. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assign, createMachine, enqueueActions, fromPromise, setup } from 'xstate';
import type { CustomAction } from '../../machines/replica/pending.ts';
import { OneInstance } from './one-instance.ts';

const mustNotRun = (): never => {
  throw new Error('a replica has run an effect');
};
const charge = fromPromise(mustNotRun);

describe('actions of the user’s own', () => {
  const ring = (): void => mustNotRun();
  const bell = setup({ actions: { ring } }).createMachine({
    context: { n: 0 },
    entry: { type: 'ring', params: { loud: true } },
    on: {
      RING: {
        actions: [
          'ring',
          assign({ n: 1 }),
          { type: 'ring', params: ({ context }: { context: { n: number } }) => context.n },
          enqueueActions(({ enqueue }) => enqueue('ring')),
        ],
      },
      END: '.over',
    },
    initial: 'on',
    states: { on: {}, over: { entry: 'ring' } },
  });

  test('are asked for in their order, each with the context of its moment', () => {
    const one = new OneInstance(bell);
    one.send('RING');
    const asked = one.effects.map(({ id, wish }) => {
      const { name, args, params, run } = wish as CustomAction;
      assert.equal(run, ring);
      return [id, name, args.context, (args.event as { type: string }).type, params];
    });
    assert.deepEqual(asked, [
      ['1.0', 'ring', { n: 0 }, 'xstate.init', { loud: true }],
      ['1.1', 'ring', { n: 0 }, 'RING', undefined],
      ['1.2', 'ring', { n: 1 }, 'RING', 1],
      ['1.3', 'ring', { n: 1 }, 'RING', undefined],
    ]);
  });

  test('that an instance asked for in the end are still to be done', () => {
    const ending = createMachine({
      initial: 'on',
      states: { on: { on: { END: 'over' } }, over: { type: 'final', entry: ring } },
      invoke: { src: charge, id: 'one' },
    });
    const one = new OneInstance(ending);
    one.send('END');
    assert.equal(one.status, 'done');
    assert.deepEqual(
      one.effects.map(({ wish }) => wish.kind),
      ['action'],
    );
  });

  test('of children are asked for likewise', () => {
    const parent = createMachine({
      invoke: { src: createMachine({ entry: ring }), id: 'child' },
    });
    const one = new OneInstance(parent);
    one.send('X');
    assert.deepEqual(
      one.effects.map(({ wish }) => (wish as CustomAction).name),
      ['ring'],
    );
  });
});
