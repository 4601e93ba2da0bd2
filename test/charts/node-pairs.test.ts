import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { AnyStateNode, StateValue } from 'xstate';
import { nodeMachine } from '../../machines/node.ts';
import type { Stimulus } from '../../runtime/host.ts';
import {
  bravo,
  example,
  from,
  messageKinds,
  nodeIn,
  otherStimuli,
  ways,
  type Node,
  type Way,
} from './hear.ts';

type Case = Readonly<{ name: string; event: Stimulus }>;

/** Every event type; a message also in an older, in the same and in a newer term. */
const casesFor = (term: number): Case[] => [
  ...messageKinds.flatMap((kind) =>
    (['older', 'own', 'newer'] as const).map((age, nth) => ({
      name: `wire.${kind} (${age})`,
      event: from(bravo, example[kind](term + nth - 1)),
    })),
  ),
  ...otherStimuli.map((event) => ({ name: event.type, event })),
];

const decisions = (node: Node, event: Stimulus) =>
  nodeMachine.getTransitionData(node.snapshot(), { ...event, nowMs: 0 });

// XState drops an event that no state takes, without a word. So every pair is decided in the
// chart, also by term, even if the decision is to ignore.
for (const way of ways) {
  test(`${way} has decided about every event, of every term`, () => {
    const node = nodeIn(way);
    const undecided = casesFor(node.term())
      .filter(({ event }) => decisions(node, event).length === 0)
      .map(({ name }) => name);
    assert.deepEqual(undecided, []);
  });
}

/** The leaves of a state value, as paths. */
const leavesOf = (value: StateValue, path = ''): string[] =>
  typeof value === 'string'
    ? [`${path}${value}`]
    : Object.entries(value).flatMap(([key, below]) => leavesOf(below ?? '', `${path}${key}.`));

test('the walk reaches every state that can hear anything, and each says what it is', () => {
  const nodesBelow = (node: AnyStateNode): AnyStateNode[] =>
    Object.values(node.states).flatMap((child) => [child, ...nodesBelow(child)]);
  const nodes = nodesBelow(nodeMachine.root);
  const regions = new Set([
    'lifecycle',
    'role',
    'office',
    'pulse',
    'quorum',
    'reads',
    'beating',
    'notices',
  ]);
  for (const { key, path, description } of nodes) {
    assert.ok(regions.has(key) || description, `${path.join('.')} says what it is`);
  }
  const reached = new Set(ways.flatMap((way) => leavesOf(nodeIn(way).snapshot().value)));
  const missed = nodes
    .filter(({ type, path }) => type === 'atomic' && path[0] === 'role')
    .map(({ path }) => path.join('.'))
    .filter((path) => !reached.has(path));
  assert.deepEqual(missed, []);
});

// Answers of our own term that come too late for the role that waited for them.
const lateElectionAnswers = [
  'wire.preVoteGranted (own)',
  'wire.preVoteRefused (own)',
  'wire.voteGranted (own)',
  'wire.voteRefused (own)',
];
const lateCopyingAnswers = [
  'wire.appendAccepted (own)',
  'wire.appendRefused (own)',
  'wire.heartbeatAck (own)',
];
// The lifecycle is what was applied already, and only a leader has peers and an office.
const noConcernOfAFollower = ['log.applied', 'link.opened', 'link.lost', 'operator.transfers'];
// There is one leader a term, so nobody else says these in ours; and a candidate disturbs.
const unheardOf = [
  'wire.voteRequest (newer)',
  'wire.append (own)',
  'wire.heartbeat (own)',
  'wire.commit (own)',
  'wire.timeoutNow (own)',
];
const by = (list: readonly string[], ...but: readonly string[]): string[] =>
  list.filter((name) => !but.includes(name));

const ignoredByACandidate = [
  ...by(lateElectionAnswers, 'wire.voteGranted (own)'),
  ...lateCopyingAnswers,
  ...noConcernOfAFollower,
  'wire.timeoutNow (own)',
];

const ignoredIn: Readonly<Record<Exclude<Way, 'silent'>, readonly string[]>> = {
  'follower.receptive': [...lateElectionAnswers, ...lateCopyingAnswers, ...noConcernOfAFollower],
  'follower.recording': [...lateElectionAnswers, ...lateCopyingAnswers, ...noConcernOfAFollower],
  'follower.voting': [...lateElectionAnswers, ...lateCopyingAnswers, ...noConcernOfAFollower],
  'follower.supporting': [...lateElectionAnswers, ...lateCopyingAnswers, ...noConcernOfAFollower],
  'follower.heeding': [
    ...lateElectionAnswers,
    ...lateCopyingAnswers,
    ...noConcernOfAFollower,
    'wire.voteRequest (newer)',
  ],
  preCandidate: [
    ...by(lateElectionAnswers, 'wire.preVoteGranted (own)'),
    ...lateCopyingAnswers,
    ...noConcernOfAFollower,
  ],
  'candidate.recording': ignoredByACandidate,
  'candidate.asking': ignoredByACandidate,
  'candidate.sounding': by(ignoredByACandidate, 'wire.preVoteGranted (own)'),
  // Nobody has answered it yet, so it has no heir to hand over to.
  'leader.fresh': [...lateElectionAnswers, ...unheardOf, 'log.applied', 'operator.transfers'],
  'leader.established': [...lateElectionAnswers, ...unheardOf, 'log.applied'],
  'leader.confirming': [...lateElectionAnswers, ...unheardOf, 'log.applied'],
  'leader.catchingUp': [
    ...lateElectionAnswers,
    ...unheardOf,
    'log.applied',
    'client.proposes',
    'operator.transfers',
  ],
  'leader.summoned': [
    ...lateElectionAnswers,
    ...unheardOf,
    'log.applied',
    'client.proposes',
    'operator.transfers',
  ],
};

for (const way of ways) {
  test(`what ${way} ignores, it ignores on purpose`, () => {
    const node = nodeIn(way);
    const cases = casesFor(node.term());
    const ignored = cases
      .filter(({ event }) =>
        decisions(node, event).every(
          ({ target, actions }) => target === undefined && actions.length === 0,
        ),
      )
      .map(({ name }) => name);
    const expected = way === 'silent' ? cases.map(({ name }) => name) : ignoredIn[way];
    assert.deepEqual(ignored.toSorted(), expected.toSorted());
  });
}
