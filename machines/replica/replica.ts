/**
 * The replicated machines of one node, stepped by the log and by nothing else.
 *
 *   fed      committed entries, each once and in order
 *   answers  what each of them did, and where every instance stands
 *   never    differs from another replica that was fed the same
 */
import type { AnyStateMachine } from 'xstate';
import { lifecycleKey, lifecycleMachine, lifecycleName } from '../lifecycle.ts';
import type { Command, Entry, MachineEvent } from '../protocol/entry.ts';
import { QuorateError, type RefusalCode } from '../protocol/errors.ts';
import type { LifecycleState } from '../protocol/events.ts';
import { indexZero, type LogIndex, nextIndex } from '../protocol/ids.ts';
import { invariant } from '../protocol/invariant.ts';
import { limits as standard } from '../protocol/limits.ts';
import { type Applied, type InstanceView, refused, type Unknown } from '../protocol/outcome.ts';
import { type Engine, type Logged, MachineFailure } from './engine.ts';
import { fingerprint } from './fingerprint.ts';
import { createHistory, type Resumption } from './history.ts';
import { createInstances, type Instances, type Taken } from './instances.ts';
import { checkReplicable, problemSentence } from './replicable.ts';
import { createWindow } from './window.ts';
import { xstate5Engine } from './xstate5-engine.ts';

export type ReplicaLimits = Readonly<{
  proposalWindowCount: number;
  proposalWindowMs: number;
  historyEventsMax: number;
  historyBytesMax: number;
  microstepsPerEventMax: number;
}>;

/** What came of one command. */
export type Application = Readonly<{
  outcome: Applied;
  /** This proposal was applied before: the outcome is the first one, and nothing changed now. */
  duplicate: boolean;
  logged: readonly Logged[];
  /** What the machine threw where it was refused for `machine-error`: for this node's own log. */
  failure: MachineFailure | null;
}>;

export type Reading = Readonly<{
  /** The instance's latest event. Where it has not begun: the latest entry that this replica applied. */
  index: LogIndex;
  exists: boolean;
  view: InstanceView | null;
}>;

export interface Replica {
  /** Applies the entry behind the last one. The command is its payload, decoded. */
  apply(entry: Entry, command: Command): Application;
  /** Passes over an entry that is no command. */
  skip(entry: Entry): void;
  read(machine: string, key: string): Reading | 'unknown-machine';
  /** What happened to one instance behind an index. */
  since(machine: string, key: string, afterIndex: LogIndex): Resumption | 'unknown-machine';
  readonly lifecycle: LifecycleState;
  readonly appliedIndex: LogIndex;
  /** `lifecycle` first, then the users' machines in their order. */
  readonly machineNames: readonly string[];
  /** By machine name. Nodes of one cluster must agree on all of them. */
  readonly fingerprints: Readonly<Record<string, string>>;
  instanceCount(machine: string): number;
}

type Options = Readonly<{
  machines: Readonly<Record<string, AnyStateMachine>>;
  limits?: Partial<ReplicaLimits>;
}>;

/** Throws `machine-unsupported` with every reason why the machines cannot be replicated. */
export function createReplica({ machines, limits = {} }: Options): Replica {
  refuseUnreplicable(machines);
  const bounds: ReplicaLimits = { ...standard, ...limits };
  const hosted = new Map<string, Hosted>();
  const definitions: [string, AnyStateMachine][] = Object.entries(machines);
  for (const [name, machine] of [[lifecycleName, lifecycleMachine] as const, ...definitions]) {
    const engine = xstate5Engine(machine, bounds);
    hosted.set(name, { engine, instances: createInstances(engine) });
  }

  const window = createWindow(bounds);
  const history = createHistory(bounds);
  let appliedIndex: LogIndex = indexZero;

  const instancesOf = (machine: string) => hosted.get(machine)?.instances;
  instancesOf(lifecycleName)?.begin(lifecycleKey);
  const lifecycle = () =>
    instancesOf(lifecycleName)?.get(lifecycleKey)?.view.value as LifecycleState;

  const advance = ({ index }: Entry): void => {
    invariant(index === nextIndex(appliedIndex), 'entries are applied once and in order');
    appliedIndex = index;
  };

  function decide(entry: Entry, command: Command): Application {
    const { machine, key, event } = command;
    const instances = instancesOf(machine);
    if (!isForMachines(event)) {
      return refuse(
        'invalid-event',
        'An event needs a `type`, which must not begin with "xstate.".',
      );
    }
    if (instances === undefined) {
      const known = [...hosted.keys()].join(', ');
      return refuse(
        'unknown-machine',
        `There is no machine "${machine}" here. There are: ${known}.`,
      );
    }
    if (machine === lifecycleName && key !== lifecycleKey) {
      return refuse('bad-request', `Machine "${machine}" has the one key "${lifecycleKey}".`);
    }
    if (machine !== lifecycleName && lifecycle() !== 'Running') {
      return refuse(
        'not-running',
        `The cluster is in ${lifecycle()}. Send RUN to ${lifecycleName}/${lifecycleKey} first.`,
      );
    }
    try {
      return commit(entry, command, instances.take(entry.index, key, event, command.input));
    } catch (thrown) {
      if (!(thrown instanceof MachineFailure)) throw thrown;
      const message = `Machine "${machine}" failed on "${event.type}": ${thrown.message}`;
      return { ...refuse('machine-error', message), failure: thrown };
    }
  }

  function commit({ index, term, payload }: Entry, command: Command, taken: Taken): Application {
    const { machine, key, event } = command;
    const { accepted, view, emitted, logged, previousIndex } = taken;
    const bytes = payload.length + taken.bytes;
    history.keep({ index, machine, key, event, accepted, view, emitted, previousIndex, bytes });
    return {
      outcome: { end: 'committed', index, term, accepted, view, emitted },
      duplicate: false,
      logged,
      failure: null,
    };
  }

  /** What the history still has of a first outcome; the state of that moment may be forgotten. */
  function inFull(outcome: Applied): Applied {
    if (outcome.end !== 'committed') return outcome;
    const event = history.at(outcome.index);
    return event === undefined ? outcome : { ...outcome, view: event.view, emitted: event.emitted };
  }

  return {
    apply(entry, command) {
      advance(entry);
      window.forgetUntil(entry.timeMs);
      const first = window.recall(command.proposalId);
      if (first !== undefined) return { ...quiet, outcome: inFull(first), duplicate: true };
      const application =
        command.since < window.forgottenThrough
          ? { ...quiet, outcome: tooOldToTell, duplicate: false }
          : decide(entry, command);
      window.remember(command.proposalId, entry, inShort(application.outcome));
      return application;
    },
    skip: advance,

    read(machine, key) {
      const instances = instancesOf(machine);
      if (instances === undefined) return 'unknown-machine';
      const instance = instances.get(key);
      return instance === undefined
        ? { index: appliedIndex, exists: false, view: null }
        : { index: instance.latestIndex, exists: true, view: instance.view };
    },
    since(machine, key, afterIndex) {
      const instances = instancesOf(machine);
      if (instances === undefined) return 'unknown-machine';
      const latestIndex = instances.get(key)?.latestIndex ?? indexZero;
      return history.since(machine, key, afterIndex, latestIndex);
    },

    get lifecycle() {
      return lifecycle();
    },
    get appliedIndex() {
      return appliedIndex;
    },
    machineNames: [...hosted.keys()],
    fingerprints: Object.fromEntries(
      [...hosted].map(([name, { engine }]) => [name, fingerprint(engine.describe())]),
    ),
    instanceCount: (machine) => instancesOf(machine)?.count ?? 0,
  };
}

/** Not applied now; but a first time, before the window forgot it, cannot be ruled out. */
const tooOldToTell: Unknown = {
  end: 'unknown',
  message:
    'it was under way for longer than proposals are remembered: it was applied once or not at all, and nobody can tell any more which',
};

/** What is remembered of an outcome for the whole window: the states would take too much memory. */
const inShort = (outcome: Applied): Applied =>
  outcome.end === 'committed' ? { ...outcome, view: null, emitted: [] } : outcome;

type Hosted = Readonly<{ engine: Engine; instances: Instances }>;

const quiet = { logged: [], failure: null } as const;

const refuse = (code: RefusalCode, message: string): Application => ({
  ...quiet,
  outcome: refused(code, message),
  duplicate: false,
});

/** What begins with `xstate.` is XState talking to itself, and would be obeyed. */
const isForMachines = (event: MachineEvent): boolean =>
  typeof event?.type === 'string' && !event.type.startsWith('xstate.');

function refuseUnreplicable(machines: Readonly<Record<string, AnyStateMachine>>): void {
  const sentences = Object.entries(machines).flatMap(([name, machine]) =>
    checkReplicable(name, machine).map((problem) => problemSentence(name, problem)),
  );
  if (sentences.length > 0) throw new QuorateError('machine-unsupported', sentences.join('\n'));
}
