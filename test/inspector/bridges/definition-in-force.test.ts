import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createMachine } from 'xstate';
import { lifecycleMachine } from '../../../machines/lifecycle.ts';
import { createReplica } from '../../../machines/replica/replica.ts';
import { replicated } from '../../../machines/replica/replicated.ts';
import { definitionInForce } from '../../../runtime/inspector/bridges/definition-in-force.ts';

const old = createMachine({ id: 'old', initial: 'a', states: { a: {} } });
const next = createMachine({ id: 'next', initial: 'a', states: { a: {}, b: {} } });
const lone = createMachine({ id: 'lone', initial: 'a', states: { a: {} } });
const machines = { order: replicated(next, { upgrades: old }), lone };

test('a machine is shown as the definition that the log has brought into force', () => {
  const replica = createReplica({ machines });
  const machineOf = definitionInForce(replica, machines);
  assert.equal(machineOf('order'), old);
  assert.equal(machineOf('lone'), lone);
  assert.equal(machineOf('lifecycle'), lifecycleMachine);
  assert.equal(machineOf('toString'), undefined);

  const [, newer = ''] = replica.known.find(({ machine }) => machine === 'order')?.chain ?? [];
  const gone = { known: replica.known, fingerprintOf: () => newer };
  assert.equal(definitionInForce(gone, machines)('order'), next);
});
