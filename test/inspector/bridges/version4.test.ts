/** Every chart in every state that it can be in, read by XState 4. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  createActor,
  createMachine,
  getNextTransitions,
  getStateNodes,
  type AnyMachineSnapshot,
  type AnyStateMachine,
} from 'xstate';
import { divergenceMachine } from '../../../machines/divergence.ts';
import { dutyMachine } from '../../../machines/duty.ts';
import { effectMachine } from '../../../machines/effect.ts';
import { lifecycleMachine } from '../../../machines/lifecycle.ts';
import { linkMachine } from '../../../machines/link.ts';
import { nodeMachine } from '../../../machines/node.ts';
import { peerMachine } from '../../../machines/peer.ts';
import { proposalMachine } from '../../../machines/proposal.ts';
import type { ChartState } from '../../../machines/protocol/chart.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import {
  stateIdsOf,
  version4Event,
  version4Of,
} from '../../../runtime/inspector/bridges/version4.ts';
import { parcel } from './trio.ts';
import { createMachine4, State4 } from '../../stately/packages.ts';

const charts: readonly AnyStateMachine[] = [
  divergenceMachine,
  dutyMachine,
  effectMachine,
  lifecycleMachine,
  linkMachine,
  nodeMachine,
  parcel,
  peerMachine,
  proposalMachine,
];

type Value = string | { [key: string]: Value };

/** Every value that a state and those below it can have. */
function valuesOf({ kind, states }: ChartState): readonly (Value | null)[] {
  const real = states.filter((child) => !child.kind.endsWith('history'));
  if (real.length === 0) return [null];
  const below = real.map(({ key, ...child }) => ({ key, values: valuesOf({ key, ...child }) }));
  if (kind !== 'parallel') {
    return below.flatMap(({ key, values }) =>
      values.map((value) => (value === null ? key : { [key]: value })),
    );
  }
  return below.reduce<{ [key: string]: Value }[]>(
    (made, { key, values }) =>
      made.flatMap((sofar) => values.map((value) => ({ ...sofar, [key]: value ?? {} }))),
    [{}],
  );
}

/** The rest of what it takes is of no concern to which states are active. */
const stateIn4 = (value: Value) =>
  State4.create({ value, _event: { data: { type: '' } } } as never);

for (const machine of charts) {
  describe(machine.id, () => {
    const chart = chartOf(machine);
    const version4 = createMachine4(JSON.parse(JSON.stringify(version4Of(chart))) as object);
    const values = valuesOf(chart.root).map((value) => value ?? {});

    test(`is in the same states in version 4, in all of its ${values.length}`, () => {
      for (const value of values) {
        const ids = new Set(getStateNodes(machine.root, value as never).map(({ id }) => id));
        const found = version4.resolveState(stateIn4(value));
        assert.deepEqual(found.value, value);
        assert.deepEqual(new Set(found.configuration.map(({ id }) => id)), ids);
      }
    });

    test('waits for the same events there', () => {
      const known = stateIdsOf(chart);
      for (const value of values) {
        const own = getStateNodes(machine.root, value as never).flatMap(
          ({ ownEvents }) => ownEvents,
        );
        const found = version4.resolveState(stateIn4(value));
        assert.deepEqual(
          new Set(found.nextEvents.filter((event) => event !== '')),
          new Set(own.map((event) => version4Event(event as string, known))),
        );
      }
    });
  });
}

test('a state that begins deep within another is entered by its name', () => {
  const machine = createMachine({
    id: 'deep',
    initial: 'a',
    states: { a: { initial: 'b', states: { b: { type: 'parallel', states: { c: {}, d: {} } } } } },
  });
  const snapshot: AnyMachineSnapshot = createActor(machine).getSnapshot();
  const version4 = createMachine4(version4Of(chartOf(machine)) as object);
  assert.deepEqual(version4.initialState.value, snapshot.value);
  assert.deepEqual(getNextTransitions(snapshot), []);
});
