/**
 * Whether something is a machine of an XState that the engine understands. `instanceof` cannot
 * tell: users' machines may be made by another copy of the package. So the copy is put to the
 * test with a small chart of our own, and none of the user's code runs.
 */
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { MachineFailure } from './engine.ts';
import { xstate5Engine } from './xstate5-engine.ts';

export const isXState5Machine = (value: unknown): value is AnyStateMachine =>
  looksLikeMachine(value) && stepsAsExpected(value);

const methods = ['transition', 'getInitialSnapshot', 'resolveState', 'provide'] as const;
const parts = ['config', 'implementations', 'root', 'idMap'] as const;

function looksLikeMachine(value: unknown): value is AnyStateMachine {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    methods.every((name) => typeof fields[name] === 'function') &&
    parts.every((name) => typeof fields[name] === 'object' && fields[name] !== null)
  );
}

/** An older copy would run actions itself, or keep to itself which transitions it took. */
function stepsAsExpected(machine: AnyStateMachine): boolean {
  let ran = false;
  const chart = {
    initial: 'before',
    states: {
      before: {
        on: {
          MOVE: 'after',
          ACT: {
            actions: () => {
              ran = true;
            },
          },
        },
      },
      after: {},
    },
  };
  try {
    const engine = xstate5Engine(new (machine.constructor as MachineClass)(chart, {}));
    const { snapshot } = engine.init(undefined);
    const tried = (event: MachineEvent) => engine.apply(snapshot, event);

    const moved = tried({ type: 'MOVE' });
    const unmoved = tried({ type: 'NONE' });
    return (
      moved.accepted &&
      engine.view(moved.snapshot).value === 'after' &&
      !unmoved.accepted &&
      failed(() => tried({ type: 'ACT' })) &&
      !ran
    );
  } catch {
    return false;
  }
}

type MachineClass = new (chart: unknown, implementations: object) => AnyStateMachine;

function failed(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch (thrown) {
    return thrown instanceof MachineFailure;
  }
}
