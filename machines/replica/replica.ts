/**
 * The replicated machines of one node, stepped by the log and by nothing else.
 *
 *   fed      committed entries, each once and in order
 *   answers  what each of them did, and where every instance stands
 *   never    differs from another replica that was fed the same
 */
import { lifecycleKey, lifecycleMachine, lifecycleName } from '../lifecycle.ts';
import type { Chore, Known } from '../protocol/chore.ts';
import type { Command, Entry, MachineEvent } from '../protocol/entry.ts';
import { QuorateError, type RefusalCode } from '../protocol/errors.ts';
import type { LifecycleState } from '../protocol/events.ts';
import { indexZero, type LogIndex, nextIndex, type NodeId } from '../protocol/ids.ts';
import { invariant } from '../protocol/invariant.ts';
import { limits as standard } from '../protocol/limits.ts';
import { type Applied, type InstanceView, refused, type Unknown } from '../protocol/outcome.ts';
import { type Agenda, createAgenda } from './agenda.ts';
import type { Parts } from './definition-parts.ts';
import { createDigest, type Digest } from './digest.ts';
import { attendTo as attend } from './chores.ts';
import { type Logged, MachineFailure } from './engine.ts';
import { createHistory, type History, type Resumption } from './history.ts';
import { host, type Hosted, type WasRefused } from './hosting.ts';
import type { Instance, Taken, Touching, Watching } from './instances.ts';
import { createKnowledge, type Knowledge } from './knowledge.ts';
import { checkReplicable, problemSentence } from './replicable.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import type { Definition } from './replicated.ts';
import { createReign, type Reign } from './reign.ts';
import { type Upgrade, upgradesOf } from './upgrades.ts';
import { createWindow } from './window.ts';

export type ReplicaLimits = Readonly<{
  proposalWindowCount: number;
  proposalWindowMs: number;
  historyEventsMax: number;
  historyBytesMax: number;
  microstepsPerEventMax: number;
  checkpointEntries: number;
  checkpointMs: number;
}>;

/** What came of one command. */
export type Application = Readonly<{
  outcome: Applied;
  /** This proposal was applied before: the outcome is the first one, and nothing changed now. */
  duplicate: boolean;
  logged: readonly Logged[];
  /** What the machine threw where it was refused for `machine-error`, or broke: for this node's own log. */
  failure: MachineFailure | null;
  /** The event that an instance took now. */
  happened: Happened | null;
  /** Machines whose next definition is in force from here on: any of their instances may stand elsewhere. */
  upgraded?: readonly string[];
}>;

export type Happened = Readonly<{ machine: string; key: string; event: MachineEvent }>;

export type Reading = Readonly<{
  /** The instance's latest event. Where it has not begun: the latest entry that this replica applied. */
  index: LogIndex;
  exists: boolean;
  view: InstanceView | null;
}>;

export interface Replica {
  /** Applies the entry behind the last one. The command is its payload, decoded. */
  apply(entry: Entry, command: Command): Application;
  /** Likewise for what a leader had to do. */
  attend(entry: Entry, chore: Chore): Application;
  /** Passes over an entry that is no command. */
  skip(entry: Entry): void;
  read(machine: string, key: string): Reading | 'unknown-machine';
  /** What happened to one instance behind an index. */
  since(machine: string, key: string, afterIndex: LogIndex): Resumption | 'unknown-machine';
  readonly lifecycle: LifecycleState;
  readonly appliedIndex: LogIndex;
  /** `lifecycle` first, then the users' machines in their order. */
  readonly machineNames: readonly string[];
  /** Of the first definitions, by machine name. Nodes of one cluster must agree on all of them. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** What such a fingerprint is made of, more or less finely. */
  readonly partsOf: (machine: string, depth: number) => Parts;
  /** Those machines that this node has more than one definition of. */
  readonly known: Known;
  readonly knowledge: Knowledge;
  readonly refusals: Refusals;
  /** Of the definition in force. */
  fingerprintOf(machine: string): string | undefined;
  /** What this node has in store, and what still keeps these voters from it. */
  upgrades(voters: readonly NodeId[]): readonly Upgrade[];
  instanceCount(machine: string): number;
  /** With all that this replica knows of it; undefined: there is no such machine. */
  hosted(machine: string): Pick<Hosted, 'instances' | 'version'> | undefined;
  /** Whatever is known of one instance; undefined where it has not begun, or there is no such machine. */
  instance(machine: string, key: string): Instance | undefined;
  /** What all instances come to, to be compared with other nodes'. */
  readonly digest: Digest;
  /** The last events of all instances. */
  readonly history: Pick<History, 'at' | 'between' | 'completeAfter'>;
  /** What its instances wait for. */
  readonly agenda: Agenda;
  /** The leader whose reign the log is in. */
  readonly reign: Reign;
}

type Options = Readonly<{
  machines: Readonly<Record<string, Definition>>;
  /** For definitions that this node does not have. By default the log tells of none. */
  wasRefused?: WasRefused;
  limits?: Partial<ReplicaLimits>;
}>;

/** Throws `machine-unsupported` with every reason why the machines cannot be replicated. */
export function createReplica({
  machines,
  wasRefused = () => false,
  limits = {},
}: Options): Replica {
  refuseUnreplicable(machines);
  const bounds: ReplicaLimits = { ...standard, ...limits };
  const hosted = new Map<string, Hosted>();
  const agenda = createAgenda();
  const reign = createReign();
  const digest = createDigest(bounds);
  const knowledge = createKnowledge();
  const refusals = createRefusals();
  const definitions: [string, Definition][] = Object.entries(machines);
  for (const [name, definition] of [[lifecycleName, lifecycleMachine] as const, ...definitions]) {
    const watching: Watching = (key, before, after) => agenda.changed(name, key, before, after);
    const touched: Touching = (key, instance) => digest.touched(name, key, instance);
    hosted.set(name, host(name, definition, bounds, { watching, touched, wasRefused }));
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
    digest.begins(index);
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
      return commit(entry, command, instances.take(entry, key, event, command.input));
    } catch (thrown) {
      if (!(thrown instanceof MachineFailure)) throw thrown;
      const message = `Machine "${machine}" failed on "${event.type}": ${thrown.message}`;
      return { ...refuse('machine-error', message), failure: thrown };
    }
  }

  function commit(
    { index, term, payload }: Entry,
    { machine, key }: Pick<Command, 'machine' | 'key'>,
    taken: Taken,
  ): Application {
    const { event, accepted, view, emitted, logged, previousIndex, failure } = taken;
    const bytes = payload.length + taken.bytes;
    history.keep({ index, machine, key, event, accepted, view, emitted, previousIndex, bytes });
    return {
      outcome: { end: 'committed', index, term, accepted, view, emitted },
      duplicate: false,
      logged,
      failure,
      happened: { machine, key, event },
    };
  }

  /** What the history still has of a first outcome; the state of that moment may be forgotten. */
  function inFull(outcome: Applied): Applied {
    if (outcome.end !== 'committed') return outcome;
    const event = history.at(outcome.index);
    return event === undefined ? outcome : { ...outcome, view: event.view, emitted: event.emitted };
  }

  function applyCommand(entry: Entry, command: Command): Application {
    const first = window.recall(command.proposalId);
    if (first !== undefined) return { ...quiet, outcome: inFull(first), duplicate: true };
    const application =
      command.since < window.forgottenThrough
        ? { ...quiet, outcome: tooOldToTell, duplicate: false }
        : decide(entry, command);
    window.remember(command.proposalId, entry, inShort(application.outcome));
    return application;
  }

  function attendTo(entry: Entry, chore: Chore): Application {
    const attended = attend(chore, entry, {
      hosted,
      reign,
      knowledge,
      refusals,
      isRunning: lifecycle() === 'Running',
      decide: (command) => decide(entry, command),
    });
    if (attended === null) return idle(entry);
    return 'taken' in attended ? commit(entry, attended, attended.taken) : attended;
  }

  return {
    apply(entry, command) {
      advance(entry);
      window.forgetUntil(entry.timeMs);
      const application = applyCommand(entry, command);
      digest.ends(entry);
      return application;
    },
    attend(entry, chore) {
      advance(entry);
      window.forgetUntil(entry.timeMs);
      const application = attendTo(entry, chore);
      digest.ends(entry);
      return application;
    },
    skip(entry) {
      advance(entry);
      digest.ends(entry);
    },

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
      [...hosted.values()].map(({ name, chain }) => [name, chain[0] ?? '']),
    ),
    partsOf: (machine, depth) => hosted.get(machine)?.parts(depth) ?? {},
    known: [...hosted.values()]
      .filter(hasSuccessor)
      .map(({ name, chain }) => ({ machine: name, chain })),
    knowledge,
    refusals,
    agenda,
    reign,
    fingerprintOf: (machine) => hosted.get(machine)?.version.fingerprint,
    upgrades: (voters) => upgradesOf(hosted.values(), knowledge, voters),
    hosted: (machine) => hosted.get(machine),
    instanceCount: (machine) => instancesOf(machine)?.count ?? 0,
    instance: (machine, key) => instancesOf(machine)?.get(key),
    digest,
    history,
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

const hasSuccessor = ({ chain }: Hosted): boolean => chain.length > 1;

const quiet = { logged: [], failure: null, happened: null } as const;

const refuse = (code: RefusalCode, message: string): Application => ({
  ...quiet,
  outcome: refused(code, message),
  duplicate: false,
});

/** A chore that came too late, or concerned no instance: the log has it, and nobody saw a change. */
const idle = ({ index, term }: Entry): Application => ({
  ...quiet,
  outcome: { end: 'committed', index, term, accepted: false, view: null, emitted: [] },
  duplicate: false,
});

/** What begins with `xstate.` is XState talking to itself, and would be obeyed. */
const isForMachines = (event: MachineEvent): boolean =>
  typeof event?.type === 'string' && !event.type.startsWith('xstate.');

function refuseUnreplicable(machines: Readonly<Record<string, Definition>>): void {
  const sentences = Object.entries(machines).flatMap(([name, definition]) =>
    checkReplicable(name, definition).map((problem) => problemSentence(name, problem)),
  );
  if (sentences.length > 0) throw new QuorateError('machine-unsupported', sentences.join('\n'));
}
