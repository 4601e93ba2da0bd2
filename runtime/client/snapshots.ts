/**
 * What an actor of the cluster shows: the snapshots of its machine, made of what nodes say of the
 * instance, and the blank one that stands for what is not known.
 */
import {
  initialTransition,
  matchesState,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type Snapshot,
  type SnapshotFrom,
  type StateValue,
} from 'xstate';
import type { InstanceView } from '../../machines/protocol/outcome.ts';

/**
 * Stands for an instance of which nothing is known yet: a snapshot in no state. `matches`, `hasTag`
 * and `can` say no to everything; `value` and `context` are undefined, which tells it from all
 * others. An actor shows one and the same, always.
 */
export type BlankSnapshot<Machine extends AnyStateMachine> = Omit<
  Extract<SnapshotFrom<Machine>, { status: 'active' }>,
  keyof Nothing
> &
  Nothing;

type Nothing = {
  status: 'active';
  value: undefined;
  context: undefined;
  output: undefined;
  error: undefined;
};

type Shown = 'status' | 'value' | 'context' | 'output' | 'error' | 'matches';
type ShownOf<Each> = Each extends unknown ? Pick<Each, Shown & keyof Each> : never;

/** What can be shown where there is only the machine's name, and its type. */
export type PlainSnapshot<Machine extends AnyStateMachine> = ShownOf<SnapshotFrom<Machine>> &
  Snapshot<unknown>;
export type PlainBlank<Machine extends AnyStateMachine> = Nothing &
  Pick<SnapshotFrom<Machine>, 'matches' & keyof SnapshotFrom<Machine>>;

/** As far as the library itself looks into it. */
export type AnySnapshot = Readonly<{
  status: InstanceView['status'];
  output: unknown;
  error: unknown;
}>;

/** How one actor's snapshots are made. */
export interface SnapshotMaker {
  readonly blank: AnySnapshot;
  /** Null where nobody can say how it begins without the input that will come with its first event. */
  beforeBeginning(): AnySnapshot | null;
  /** Throws what the machine throws at a state that it does not have. */
  of(view: InstanceView): AnySnapshot;
}

const saysNo = (): boolean => false;
const nothing: Nothing = {
  status: 'active',
  value: undefined,
  context: undefined,
  output: undefined,
  error: undefined,
};

export function machineSnapshots(machine: AnyStateMachine, input: unknown): SnapshotMaker {
  const resolved = (view: InstanceView): AnySnapshot => machine.resolveState(view as never);
  return {
    blank: {
      ...nothing,
      machine,
      tags: new Set<string>(),
      children: {},
      historyValue: {},
      _nodes: [],
      matches: saysNo,
      hasTag: saysNo,
      can: saysNo,
      getMeta: () => ({}),
      toJSON: () => nothing,
    } as AnySnapshot,
    beforeBeginning() {
      const [initial] = initialTransition(machine, input as never) as [AnyMachineSnapshot, unknown];
      // What it spawned is not alive, and not shown: neither is it for an instance that has begun.
      return initial.status === 'error' ? null : resolved(initial);
    },
    of: resolved,
  };
}

export const plainSnapshots: SnapshotMaker = {
  blank: { ...nothing, matches: saysNo, toJSON: () => nothing } as AnySnapshot,
  beforeBeginning: () => null,
  of: ({ status, value, context, output, error }) =>
    ({
      status,
      value,
      context,
      output,
      error,
      matches: (wanted: StateValue) => matchesState(wanted, value as StateValue),
    }) as AnySnapshot,
};
