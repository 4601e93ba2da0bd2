/** What makes two definitions two: all that decides where their instances stand, and no more. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { assign, setup } from 'xstate';
import { fingerprint } from '../../../machines/replica/fingerprint.ts';
import { versionsOf } from '../../../machines/replica/hosting.ts';
import { replicated, type Definition } from '../../../machines/replica/replicated.ts';
import { xstate5Engine } from '../../../machines/replica/xstate5-engine.ts';
import { first, second, v1, v2, v3, v3Careless } from './orders.ts';

const printsOf = (definition: Definition): readonly string[] =>
  versionsOf(definition, { microstepsPerEventMax: 10 }).map((version) => version.fingerprint);
const printOf = (definition: Definition): string | undefined => printsOf(definition).at(-1);

test('a machine without options is named by its definition alone', () => {
  assert.deepEqual(printsOf(first), [fingerprint(xstate5Engine(first).describe())]);
  assert.deepEqual(printsOf(v1), printsOf(first));
});

test('each definition of a chain is one more, and the names of those before it stay', () => {
  const [one, two, three, ...others] = printsOf(v3);
  assert.deepEqual(others, []);
  assert.equal(new Set([one, two, three]).size, 3);
  assert.deepEqual(printsOf(v2), [one, two]);
  assert.deepEqual(printsOf(v1), [one]);
  assert.notEqual(printOf(second), two, 'what it comes after is part of it');
});

test('one that returns to an earlier definition, or changes nothing, is another all the same', () => {
  const chain = printsOf(replicated(first, { upgrades: v2 }));
  assert.equal(new Set(chain).size, 3);
  const same = printsOf(replicated(first, { upgrades: first }));
  assert.equal(new Set(same).size, 2);
});

test('how instances come over to it is part of it', () => {
  assert.notEqual(printOf(v3), printOf(v3Careless));
  const upgrades = v2;
  const twice = [1, 2].map(() => replicated(second, { upgrades, migrate: (old) => ({ ...old }) }));
  assert.equal(printOf(twice[0]!), printOf(twice[1]!));
});

test('how it treats missed deadlines is part of it; how often it runs effects is not', () => {
  const names = [
    v1,
    replicated(first, { missedDeadlines: 'fire' }),
    replicated(first, { missedDeadlines: 'restart' }),
  ].map(printOf);
  assert.equal(new Set(names).size, 3);
  assert.equal(printOf(replicated(first, { missedDeadlines: 'remaining' })), printOf(v1));
  assert.equal(printOf(replicated(first, { effects: { charge: 'at-most-once' } })), printOf(v1));
  assert.notEqual(
    printOf(replicated(second, { upgrades: first, missedDeadlines: 'fire' })),
    printOf(v2),
  );
});

test('a change within a function is seen, one in what it closes over is not', () => {
  const machine = (by: () => number) =>
    setup({ types: { context: {} as { sum: number } } }).createMachine({
      context: { sum: 0 },
      on: { ADD: { actions: assign({ sum: ({ context }) => context.sum + by() }) } },
    });
  assert.equal(printOf(machine(() => 1)), printOf(machine(() => 2)));
});
