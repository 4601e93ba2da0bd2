import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, fromPromise, toPromise } from 'xstate';
import { effectInfo, runEffect } from '../../runtime/duties/effect-run.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { fakeLogger, invocationOf } from './surroundings.ts';

const info = { id: '7.0', fencingTerm: 4, machine: 'order', key: '42' } as const;
const { logger } = fakeLogger();

test('an effect can tell who runs it and as what, from its very beginning', () => {
  let told: unknown = null;
  const asking = fromPromise(async ({ self }) => {
    told = effectInfo(self);
  });
  runEffect({ invocation: invocationOf(asking), info, clock: virtualClock(), logger, say() {} });
  assert.deepEqual(told, info);
});

test('likewise where it was written with another copy of this package', async () => {
  const copy = '../../runtime/duties/effect-run.ts?another';
  const { effectInfo: another } = (await import(copy)) as { effectInfo: typeof effectInfo };
  assert.notEqual(another, effectInfo);
  let told: unknown = null;
  const asking = fromPromise(async ({ self }) => {
    told = another(self);
  });
  runEffect({ invocation: invocationOf(asking), info, clock: virtualClock(), logger, say() {} });
  assert.deepEqual(told, info);
});

test('a plain actor has none', async () => {
  const asking = fromPromise(async ({ self }) => effectInfo(self));
  assert.equal(await toPromise(createActor(asking).start()), null);
});
