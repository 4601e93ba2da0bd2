/** Watches everything that happens in a world, and says at once when something is wrong. */
import type { Chore } from '../../machines/protocol/chore.ts';
import type { Command, Entry } from '../../machines/protocol/entry.ts';
import type { NodeId, ProposalId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { InstanceView, Outcome } from '../../machines/protocol/outcome.ts';
import type { Application, Replica } from '../../machines/replica/replica.ts';
import type { Quarantine, ReadOutcome } from '../../runtime/service.ts';
import { acknowledgedDurability } from './checks/acknowledged-durability.ts';
import { commitRule } from './checks/commit-rule.ts';
import { durableBeforeAudible } from './checks/durable-before-audible.ts';
import { electedByMajority } from './checks/elected-by-majority.ts';
import { electionSafety } from './checks/election-safety.ts';
import { exactlyOnce } from './checks/exactly-once.ts';
import { freshReads } from './checks/fresh-reads.ts';
import type { Finding, Glimpse } from './checks/glimpse.ts';
import { keptPromises } from './checks/kept-promises.ts';
import { leaderAppendOnly } from './checks/leader-append-only.ts';
import { leaderCompleteness } from './checks/leader-completeness.ts';
import { lifecycleGate } from './checks/lifecycle-gate.ts';
import { logMatching } from './checks/log-matching.ts';
import { monotoneCommitAndTerm } from './checks/monotone-commit-and-term.ts';
import { oneHistory } from './checks/one-history.ts';
import { proposalEnds } from './checks/proposal-ends.ts';
import { stateMachineSafety } from './checks/state-machine-safety.ts';
import { subscriptions } from './checks/subscriptions.ts';
import type { Durable } from './disk.ts';

export type Witness = ReturnType<typeof createWitness>;

/** `null`: what is on disk is anybody's guess, and nothing that rests on it is checked. */
export type Durables = readonly Durable[] | null;

type Surroundings = Readonly<{
  /** How many nodes there are. */
  members: number;
  /** Their states are not compared then. */
  mayDiverge: boolean;
  report: (check: string, finding: string) => void;
  durables: () => Durables;
  /** Each time a node has applied an entry; `command` is null where there was nothing to apply. */
  applied: (node: NodeId, entry: Entry, application: Application | null) => void;
  /** Likewise, with what it had to do. */
  worked: (
    node: NodeId,
    entry: Entry,
    work: Command | Chore | null,
    application: Application | null,
    replica: Replica,
  ) => void;
}>;

export function createWitness(around: Surroundings) {
  const { members, mayDiverge, report, durables, applied, worked } = around;
  const elections = electionSafety();
  const mandates = electedByMajority(members);
  const rule = commitRule();
  const leaders = leaderAppendOnly();
  const logs = logMatching();
  const commits = leaderCompleteness();
  const growth = monotoneCommitAndTerm();
  const promises = durableBeforeAudible();
  const states = stateMachineSafety();
  const once = exactlyOnce();
  const ends = proposalEnds();
  const reads = freshReads();
  const gate = lifecycleGate();
  const history = oneHistory();
  const subscribed = subscriptions();
  const acknowledged = acknowledgedDurability(commits.committedAt);

  const check = (name: string, finding: Finding): void => {
    if (finding !== null) report(name, finding);
  };
  const note = (
    node: NodeId,
    entry: Entry,
    command: Command | null,
    application: Application | null,
  ): void => {
    applied(node, entry, application);
    if (!mayDiverge) check('state machine safety', states(node, entry, application));
    if (command !== null && application !== null) {
      check('exactly once', once.applied(entry, command, application));
      check('lifecycle gate', gate(entry, command, application));
      const { outcome, duplicate } = application;
      if (!duplicate)
        check('proposal ends', ends.applied(command.proposalId, entry.index, outcome));
      if (outcome.end === 'committed' && !duplicate) {
        const instance = `${command.machine}/${command.key}`;
        saw(instance, outcome.index, outcome.view);
        subscribed.applied(instance, outcome.index);
      }
    }
  };

  const saw = (instance: string, index: number, view: InstanceView | null): void => {
    if (!mayDiverge) check('one history', history.saw(instance, index, view));
  };

  const attended = (node: NodeId, entry: Entry, application: Application): void => {
    note(node, entry, null, application);
    const { happened, outcome, upgraded = [] } = application;
    if (upgraded.length > 0) history.upgraded(entry.index);
    if (happened === null || outcome.end !== 'committed') return;
    const instance = `${happened.machine}/${happened.key}`;
    saw(instance, outcome.index, outcome.view);
    subscribed.applied(instance, outcome.index);
  };

  return {
    /** The leader of each term so far. */
    leaderOf: elections.leaderOf,
    /** Where and how each proposal was applied. */
    applied: once.firsts,
    committedAt: commits.committedAt,

    glimpsed(glimpse: Glimpse, durable: Durable): void {
      check('kept promises', keptPromises(glimpse, durable));
      check('election safety', elections.seen(glimpse));
      check('leader append-only', leaders(glimpse));
      check('commit rule', rule(glimpse));
      check('log matching', logs(glimpse));
      check('monotone commit and term', growth(glimpse));
      check('leader completeness', commits.seen(glimpse));
      const disks = glimpse.role === 'leader' ? durables() : null;
      if (disks === null) return;
      check('elected by a majority', mandates.seen(glimpse));
      check('durable before audible', promises.committed(glimpse, disks));
    },
    /** No node that has done the same as the others ever takes itself for wrong. */
    compared(node: NodeId, quarantine: Quarantine | null): void {
      if (!mayDiverge && quarantine !== null)
        report('no false alarm', `${node} is quarantined: ${quarantine.message}`);
    },
    sent(from: NodeId, to: NodeId, message: Message, durable: Durable): void {
      mandates.sent(from, to, message);
      check('election safety', elections.sent(from, message));
      check('durable before audible', promises.sent(from, to, message, durable));
    },
    asked: (proposalId: ProposalId) => ends.asked(proposalId),
    answered(proposalId: ProposalId, instance: string, outcome: Outcome): void {
      ends.answered(proposalId, outcome);
      reads.answered(instance, outcome);
      acknowledged.answered(outcome);
      if (outcome.end === 'committed') saw(instance, outcome.index, outcome.view);
    },
    /** What an event did to the nodes has been glimpsed. */
    eventOver(): void {
      const disks = durables();
      if (disks !== null) check('acknowledged durability', acknowledged.seen(disks));
    },
    floor: reads.floor,
    /** `floor` is null where the read did not ask for more than what that node knows. */
    read(instance: string, floor: number | null, answer: ReadOutcome): void {
      if (floor !== null) check('fresh reads', reads.read(instance, floor, answer));
      if (!('end' in answer)) saw(instance, answer.index, answer.view);
    },
    saw,
    /** `afterIndex` is null where it is to be shown what happens from now on. */
    subscribed(who: string, instance: string, afterIndex: number | null) {
      const { shown, over } = subscribed.begin(who, instance, afterIndex);
      return {
        /** Call it for each state that the subscription shows. */
        shown(index: number, view: InstanceView | null, resync: boolean): void {
          check('subscriptions', shown(index, resync));
          saw(instance, index, view);
        },
        /** Call it when the subscriber is told that there will be no more. */
        over,
      };
    },
    /** Who has not been shown everything; to be asked when they had the time for it. */
    silentSubscribers: (): Finding => subscribed.silent(),
    /** Once everything has been applied everywhere. */
    compareAnswers(): void {
      if (!mayDiverge) check('proposal ends', ends.over(once.firsts));
      check('subscriptions', subscribed.over());
      const disks = durables();
      if (disks !== null) check('acknowledged durability', acknowledged.over(disks));
    },

    /** The same replica, watched. */
    watching: (node: NodeId, replica: Replica): Replica =>
      Object.create(replica, {
        apply: {
          value: (entry: Entry, command: Command): Application => {
            const application = replica.apply(entry, command);
            note(node, entry, command, application);
            worked(node, entry, command, application, replica);
            return application;
          },
        },
        attend: {
          value: (entry: Entry, chore: Chore): Application => {
            const application = replica.attend(entry, chore);
            attended(node, entry, application);
            worked(node, entry, chore, application, replica);
            return application;
          },
        },
        skip: {
          value: (entry: Entry): void => {
            replica.skip(entry);
            note(node, entry, null, null);
            worked(node, entry, null, null, replica);
          },
        },
      }) as Replica,
  };
}
