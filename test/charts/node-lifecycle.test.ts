import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { LifecycleState } from '../../machines/protocol/events.ts';
import { toIndex } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import {
  accepted,
  bravo,
  carol,
  example,
  from,
  nodeIn,
  nodeOf,
  voteFrom,
  ways,
  waysTo,
  wishesOf,
} from './hear.ts';

const applied = (lifecycle: LifecycleState, through = 1) =>
  ({ type: 'log.applied', through: toIndex(through), lifecycle }) as const;

test('the lifecycle is what was last applied, and nothing else (DESIGN: Init, Running, Stopped)', () => {
  const steps: readonly (readonly [LifecycleState, LifecycleState])[] = [
    ['Init', 'Init'],
    ['Running', 'Running'],
    ['Running', 'Running'],
    ['Stopped', 'Stopped'],
    ['Stopped', 'Stopped'],
    ['Running', 'Running'],
  ];
  const node = nodeOf();
  assert.equal(node.lifecycle(), 'Init');
  for (const [said, expected] of steps) {
    node.hear(applied(said));
    assert.equal(node.lifecycle(), expected);
  }
  const stoppedFirst = nodeOf();
  stoppedFirst.hear(applied('Stopped'));
  assert.equal(stoppedFirst.lifecycle(), 'Stopped');
});

test('it is the same before and after every change of role and of term', () => {
  for (const lifecycle of ['Running', 'Stopped'] as const) {
    const node = nodeOf();
    node.hear(applied(lifecycle));
    const stays = (when: string) => assert.equal(node.lifecycle(), lifecycle, when);
    waysTo['leader.fresh'](node);
    stays('elected');
    node.flush();
    node.hear(accepted(bravo, 4, 4));
    node.applied(lifecycle);
    stays('established');
    node.hear({ type: 'operator.transfers', to: bravo });
    stays('handing over');
    node.hear(from(carol, example.append(7)));
    stays('deposed');
    node.wait(2 * limits.electionTimeoutMsMax);
    stays('out of patience');
    node.hear(from(bravo, example.preVoteGranted(7)), voteFrom(bravo, 8));
    stays('standing');
    node.hear(from(bravo, { ...example.voteRequest(9), transfer: true }));
    stays('in another term');
    node.hear({ type: 'disk.failed', reason: 'EIO' });
    stays('silent');
  }
});

test('nothing but what was applied changes it, in any state', () => {
  for (const way of ways) {
    const node = nodeIn(way);
    assert.equal(node.lifecycle(), 'Init', way);
    node.hear(applied('Running', 0));
    assert.equal(node.lifecycle(), 'Running', way);
  }
});

test('the first leader of a new cluster proposes Running, once, when it is established', () => {
  const node = nodeIn('leader.fresh');
  node.flush();
  node.hear(accepted(bravo, 4, 4));
  assert.equal(wishesOf(node.hear(applied('Init', 3)), 'proposeRunning').length, 0);
  assert.equal(wishesOf(node.hear(applied('Init', 4)), 'proposeRunning').length, 1);
  assert.equal(wishesOf(node.hear(applied('Init', 4)), 'proposeRunning').length, 0);
});

test('nobody proposes Running where the cluster was told to wait, or has begun already', () => {
  const held = nodeIn('leader.fresh', { hold: true });
  held.flush();
  held.hear(accepted(bravo, 4, 4));
  assert.deepEqual(wishesOf(held.applied('Init'), 'proposeRunning'), []);
  for (const lifecycle of ['Running', 'Stopped'] as const) {
    const later = nodeIn('leader.fresh');
    later.flush();
    later.hear(accepted(bravo, 4, 4));
    assert.deepEqual(wishesOf(later.applied(lifecycle), 'proposeRunning'), []);
  }
});
