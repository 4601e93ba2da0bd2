/**
 * Whether something is a machine of an XState that the engine understands. `instanceof` cannot
 * tell: users' machines may be made by another copy of the package. So the copy is put to the
 * test with a small chart of our own, and none of the user's code runs.
 */
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import type { Engine } from './engine.ts';
import { xstate5Engine } from './xstate5-engine.ts';

export const isXState5Machine = (value: unknown): value is AnyStateMachine =>
  looksLikeMachine(value) && isUnderstood(value.constructor as MachineClass);

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

type MachineClass = new (chart: object, implementations: object) => AnyStateMachine;

/** All machines of one copy act alike. */
const verdicts = new WeakMap<MachineClass, boolean>();

function isUnderstood(Machine: MachineClass): boolean {
  let verdict = verdicts.get(Machine);
  if (verdict === undefined) {
    verdict = attempt(() => stepsAsExpected(Machine) && keepsChildrenAsExpected(Machine));
    verdicts.set(Machine, verdict);
  }
  return verdict;
}

function attempt(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}

const after = (engine: Engine, ...events: readonly MachineEvent[]) => {
  const begun = engine.init(undefined);
  return events.reduce((last, event) => engine.apply(last.snapshot, event), {
    ...begun,
    accepted: true,
  });
};

/** An older copy would run actions itself, or keep to itself which transitions it took. */
function stepsAsExpected(Machine: MachineClass): boolean {
  let ran = false;
  const ring = (): void => {
    ran = true;
  };
  const states = {
    before: { on: { MOVE: 'behind', ACT: { actions: ring } } },
    behind: { after: { 5: 'before' } },
  };
  const engine = xstate5Engine(new Machine({ initial: 'before', states }, {}));

  const moved = after(engine, { type: 'MOVE' });
  const unmoved = after(engine, { type: 'NONE' });
  const acted = after(engine, { type: 'ACT' });
  const [scheduled] = moved.changes;
  const [wished] = acted.changes;
  return (
    moved.accepted &&
    engine.view(moved.snapshot).value === 'behind' &&
    scheduled?.type === 'schedule' &&
    scheduled.delayed.delayMs === 5 &&
    !unmoved.accepted &&
    unmoved.changes.length === 0 &&
    wished?.type === 'wish' &&
    wished.wish.kind === 'action' &&
    wished.wish.run === ring &&
    !ran
  );
}

/** Its actors live among ours, by what is private to them. */
function keepsChildrenAsExpected(Machine: MachineClass): boolean {
  const states = { on: { always: 'off' }, off: { type: 'final' } };
  const child = new Machine({ initial: 'on', states }, {});
  let started = false;
  const effect = {
    start: (): void => {
      started = true;
    },
    transition: (snapshot: unknown) => snapshot,
    getInitialSnapshot: () => ({ status: 'active' }),
    getPersistedSnapshot: (snapshot: unknown) => snapshot,
  };
  const busy = { invoke: [{ src: effect }, { src: child, id: 'child', onDone: 'over' }] };
  const engine = xstate5Engine(new Machine({ initial: 'busy', states: { busy, over: {} } }, {}));

  const { snapshot, changes } = engine.init(undefined);
  return (
    engine.view(snapshot).value === 'over' &&
    changes.some((change) => change.type === 'wish' && change.wish.kind === 'invocation') &&
    changes.some((change) => change.type === 'over') &&
    !started
  );
}
