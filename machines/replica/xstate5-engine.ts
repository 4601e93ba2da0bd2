/**
 * XState 5 behind the engine's interface. It needs no XState of its own at run time: a machine
 * carries the code that steps it, so whichever copy of the package made it will do.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { limits } from '../protocol/limits.ts';
import type { InstanceView } from '../protocol/outcome.ts';
import { type Engine, MachineFailure, reasonOf, type Snapshot, type Stepped } from './engine.ts';
import { describeMachine } from './xstate5-definition.ts';
import { inertScope, resetFindings } from './xstate5-scope.ts';
import { bodyOf, deserialize, rebase, serialize } from './xstate5-snapshot.ts';
import { strangersAside } from './xstate5-strangers.ts';

type Options = Readonly<{ microstepsPerEventMax?: number }>;

export function xstate5Engine(machine: AnyStateMachine, options: Options = {}): Engine {
  const { scope, findings } = inertScope(
    options.microstepsPerEventMax ?? limits.microstepsPerEventMax,
  );
  const body = bodyOf(machine);
  const strangers = strangersAside(machine);

  const failureOf = (thrown: unknown): MachineFailure =>
    new MachineFailure(findings.forbidden ?? reasonOf(thrown), { cause: thrown });

  /** What a step came to, if it is one that counts. */
  function settled(step: () => AnyMachineSnapshot): AnyMachineSnapshot {
    resetFindings(findings);
    let to: AnyMachineSnapshot;
    try {
      to = step();
    } catch (thrown) {
      throw failureOf(thrown);
    }
    if (findings.forbidden !== null || to.status === 'error') throw failureOf(to.error);
    return to;
  }

  function next(from: AnyMachineSnapshot, event: MachineEvent): AnyMachineSnapshot {
    const aside = strangers(event.type);
    if (aside === null) return machine.transition(from, event, scope);
    const to = aside.machine.transition(rebase(from, aside), event, scope);
    return findings.accepted ? rebase(to, body) : from;
  }

  return {
    init(input) {
      const snapshot = settled(() => machine.getInitialSnapshot(scope, input));
      return { snapshot: seal(snapshot), emitted: findings.emitted, logged: findings.logged };
    },

    apply(snapshot, event): Stepped {
      const from = open(snapshot);
      // XState would let a machine that is done move on.
      if (from.status !== 'active') return { snapshot, ...untouched };
      const to = settled(() => next(from, event));
      if (!findings.accepted) return { snapshot, ...untouched };
      const { emitted, logged } = findings;
      return { snapshot: seal(to), accepted: true, emitted, logged };
    },

    view(snapshot): InstanceView {
      const { status, value, context, output } = open(snapshot);
      return output === undefined ? { status, value, context } : { status, value, context, output };
    },

    serialize: (snapshot) => serialize(open(snapshot)),
    hydrate: (serialized) => seal(deserialize(body, serialized)),
    describe: () => describeMachine(machine),
  };
}

const untouched = { accepted: false, emitted: [], logged: [] } as const;

const seal = (snapshot: AnyMachineSnapshot): Snapshot => snapshot as unknown as Snapshot;
const open = (snapshot: Snapshot): AnyMachineSnapshot => snapshot as unknown as AnyMachineSnapshot;
