/** What a node's doors may ask of it, answered from its core. */
import type { NodeId } from '../machines/protocol/ids.ts';
import { limits } from '../machines/protocol/limits.ts';
import { refused, type Refused } from '../machines/protocol/outcome.ts';
import { firstIndexOf, lastIndexOf } from '../machines/rules/log.ts';
import type { Clock } from './clock.ts';
import { diverged } from './divergence/quarantine.ts';
import type { NodeSnapshot } from './host.ts';
import type { Core } from './core.ts';
import type {
  InstanceState,
  MemberStatus,
  NodeService,
  NodeStatus,
  ReadOutcome,
  ReadRequest,
} from './service.ts';

type Parts = Readonly<{
  core: Core;
  clock: Clock;
  cluster: string;
  version: string;
  /** Where each member is reached from here, ourselves included. */
  addresses: ReadonlyMap<NodeId, string>;
}>;

const roleNames = {
  follower: 'follower',
  preCandidate: 'pre-candidate',
  candidate: 'candidate',
  leader: 'leader',
  silent: 'silent',
} as const;

const roleOf = ({ value }: NodeSnapshot): NodeStatus['role'] => {
  const role = typeof value.role === 'string' ? value.role : Object.keys(value.role)[0];
  return roleNames[role as keyof typeof roleNames];
};

/** Limits that a client can run into, and the window within which a retry is recognised. */
const published = {
  eventBytesMax: limits.eventBytesMax,
  keyCharsMax: limits.keyCharsMax,
  machineNameCharsMax: limits.machineNameCharsMax,
  clientFrameBytesMax: limits.clientFrameBytesMax,
  messagesPerFrameMax: limits.messagesPerFrameMax,
  proposalsInFlightMax: limits.proposalsInFlightMax,
  proposalTimeoutMsDefault: limits.proposalTimeoutMsDefault,
  proposalTimeoutMsMax: limits.proposalTimeoutMsMax,
  proposalWindowCount: limits.proposalWindowCount,
  proposalWindowMs: limits.proposalWindowMs,
  subscriptionsPerConnectionMax: limits.subscriptionsPerConnectionMax,
  historyEventsMax: limits.historyEventsMax,
} as const;

const tooManyReads = refused(
  'overloaded',
  `${limits.readsWaitingMax} reads wait on this node already: slow down and try again`,
);

const unknownMachine = (name: string, known: readonly string[]): Refused =>
  refused('unknown-machine', `there is no machine "${name}" here; there are: ${known.join(', ')}`);

export function nodeService({ core, clock, cluster, version, addresses }: Parts): NodeService {
  const { replica, proposals, reads, watchers, divergence } = core;
  let readsWaiting = 0;

  const peek = (machine: string, key: string): InstanceState | null => {
    const reading = replica.read(machine, key);
    return reading === 'unknown-machine' ? null : reading;
  };
  const refusesBecause = (): Refused | null => (divergence.quarantine() === null ? null : diverged);
  const readNow = ({ machine, key }: ReadRequest): ReadOutcome =>
    refusesBecause() ?? peek(machine, key) ?? unknownMachine(machine, replica.machineNames);

  const membersOf = (snapshot: NodeSnapshot): readonly MemberStatus[] => {
    const { self, voters, matched, log } = snapshot.context;
    const leads = roleOf(snapshot) === 'leader';
    return voters.map((id) => ({
      id,
      address: addresses.get(id) ?? '',
      role: 'voter',
      reachable: id === self || core.isLinked(id),
      matchIndex: leads ? (matched[id] ?? (id === self ? lastIndexOf(log) : log.base.index)) : null,
    }));
  };

  return {
    propose(request, listener) {
      const { machine } = request;
      // It must not even stand in the log: once somebody adds that machine, it would be applied.
      if (!replica.machineNames.includes(machine)) {
        return clock.soon(() => listener.ended(unknownMachine(machine, replica.machineNames)));
      }
      proposals.propose(request, listener, clock.nowMs(), replica.appliedIndex);
    },

    read(request, answer) {
      if (
        request.consistency === 'local' ||
        refusesBecause() !== null ||
        !replica.machineNames.includes(request.machine)
      ) {
        return answer(readNow(request));
      }
      // A lease would be quicker and needs trust in clocks; asking the majority needs none, and
      // promises at least as much.
      if (readsWaiting >= limits.readsWaitingMax) return clock.soon(() => answer(tooManyReads));
      readsWaiting += 1;
      const done = (outcome: ReadOutcome): void => {
        readsWaiting -= 1;
        answer(outcome);
      };
      reads.add({
        deadlineMs: clock.nowMs() + request.timeoutMs,
        ready: () => done(readNow(request)),
        failed: done,
      });
      core.awake();
    },

    peek,
    eventsAfter(machine, key, afterIndex) {
      const resumption = replica.since(machine, key, afterIndex);
      return resumption === 'unknown-machine' || resumption.type === 'too-old'
        ? null
        : resumption.events;
    },
    watch: watchers.watch,

    status() {
      const snapshot = core.snapshot();
      const { self, voters, hardState, leader, log, commitIndex } = snapshot.context;
      const upgrades = replica.upgrades(voters);
      return {
        node: self,
        cluster,
        role: roleOf(snapshot),
        term: hardState.term,
        leader,
        lifecycle: replica.lifecycle,
        firstIndex: firstIndexOf(log),
        lastIndex: lastIndexOf(log),
        commitIndex,
        appliedIndex: replica.appliedIndex,
        proposalsInFlight: proposals.inFlight(),
        quarantined: divergence.quarantine(),
        members: membersOf(snapshot),
        machines: replica.machineNames,
        ...(upgrades.length > 0 && { upgrades }),
        version,
        limits: published,
      };
    },

    refusesBecause,
    whenRefusing: (told) => divergence.whenSecluded(() => told(diverged)),

    notReadyBecause() {
      const quarantine = divergence.quarantine();
      if (quarantine !== null) return quarantine.message;
      const snapshot = core.snapshot();
      const { leader, goalIndex, commitIndex } = snapshot.context;
      if (snapshot.matches({ role: 'silent' })) return 'this node has fallen silent';
      if (leader === null) return 'no leader is known';
      if (snapshot.matches({ role: { leader: { office: 'fresh' } } })) {
        return 'this leader has not applied its first entry yet';
      }
      const toReach = Math.max(goalIndex, commitIndex, 1);
      return replica.appliedIndex >= toReach
        ? null
        : `applied ${replica.appliedIndex} of the ${toReach} entries that are known to be committed`;
    },
  };
}
