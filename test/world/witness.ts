/** Watches everything that happens in a world, and says at once when something is wrong. */
import type { Command, Entry } from '../../machines/protocol/entry.ts';
import type { NodeId, ProposalId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Outcome } from '../../machines/protocol/outcome.ts';
import type { Application, Replica } from '../../machines/replica/replica.ts';
import type { ReadOutcome } from '../../runtime/service.ts';
import { durableBeforeAudible } from './checks/durable-before-audible.ts';
import { electionSafety } from './checks/election-safety.ts';
import type { Finding, Glimpse } from './checks/glimpse.ts';
import { honestAnswers } from './checks/honest-answers.ts';
import { leaderCompleteness } from './checks/leader-completeness.ts';
import { logMatching } from './checks/log-matching.ts';
import { noGoingBack } from './checks/no-going-back.ts';
import { stateMachineSafety } from './checks/state-machine-safety.ts';
import type { Durable } from './disk.ts';

export type Witness = ReturnType<typeof createWitness>;

export function createWitness(report: (finding: string) => void) {
  const elections = electionSafety();
  const logs = logMatching();
  const commits = leaderCompleteness();
  const growth = noGoingBack();
  const promises = durableBeforeAudible();
  const applications = stateMachineSafety();
  const answers = honestAnswers();

  const check = (finding: Finding): void => {
    if (finding !== null) report(finding);
  };
  const note = (
    node: NodeId,
    entry: Entry,
    command: Command | null,
    application: Application | null,
  ) => check(applications.applied(node, entry, command, application));

  return {
    /** The leader of each term so far. */
    leaderOf: elections.leaderOf,
    /** Where and how each proposal was applied. */
    applied: applications.firsts,
    committedAt: commits.committedAt,

    glimpsed(glimpse: Glimpse, durables: readonly Durable[] | null): void {
      check(elections.seen(glimpse));
      check(logs(glimpse));
      check(growth(glimpse));
      check(commits.seen(glimpse));
      if (durables !== null) check(promises.committed(glimpse, durables));
    },
    sent(from: NodeId, to: NodeId, message: Message, durable: Durable): void {
      check(elections.sent(from, message));
      check(promises.sent(from, to, message, durable));
    },
    asked: (proposalId: ProposalId) => answers.asked(proposalId),
    answered(proposalId: ProposalId, instance: string, outcome: Outcome): void {
      answers.answered(proposalId, instance, outcome);
    },
    floor: answers.floor,
    read: (instance: string, floor: number, answer: ReadOutcome) =>
      check(answers.read(instance, floor, answer)),
    /** Once everything has been applied everywhere. */
    compareAnswers: () => check(answers.compare(applications.firsts)),

    /** The same replica, watched. */
    watching: (node: NodeId, replica: Replica): Replica =>
      Object.create(replica, {
        apply: {
          value: (entry: Entry, command: Command): Application => {
            const application = replica.apply(entry, command);
            note(node, entry, command, application);
            return application;
          },
        },
        skip: {
          value: (entry: Entry): void => {
            replica.skip(entry);
            note(node, entry, null, null);
          },
        },
      }) as Replica,
  };
}
