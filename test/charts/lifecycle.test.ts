import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor } from 'xstate';
import { lifecycleMachine } from '../../machines/lifecycle.ts';

type Type = 'RUN' | 'STOP';
const after = (...types: readonly Type[]) => {
  const actor = createActor(lifecycleMachine);
  actor.start();
  for (const type of types) actor.send({ type });
  return actor.getSnapshot();
};

const table: readonly (readonly [readonly Type[], string])[] = [
  [[], 'Init'],
  [['RUN'], 'Running'],
  [['STOP'], 'Stopped'],
  [['RUN', 'RUN'], 'Running'],
  [['RUN', 'STOP'], 'Stopped'],
  [['STOP', 'STOP'], 'Stopped'],
  [['STOP', 'RUN'], 'Running'],
];
for (const [types, state] of table) {
  test(`a cluster told ${types.join(', ') || 'nothing'} is in ${state}, and has decided what may come next`, () => {
    const snapshot = after(...types);
    assert.equal(snapshot.value, state);
    assert.equal(snapshot.status, 'active', 'and can always be told more');
    for (const type of ['RUN', 'STOP'] as const) {
      assert.notEqual(lifecycleMachine.getTransitionData(snapshot, { type }).length, 0);
    }
  });
}

test('nothing leads back to Init', () => {
  for (const state of Object.values(lifecycleMachine.states)) {
    assert.ok(state.description, state.key);
    const targets = [...state.transitions.values()].flat().flatMap(({ target }) => target ?? []);
    assert.ok(targets.every(({ key }) => key !== 'Init'));
  }
});
