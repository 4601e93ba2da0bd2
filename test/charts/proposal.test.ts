import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { createActor, type AnyStateNode } from 'xstate';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { refused, type Committed } from '../../machines/protocol/outcome.ts';
import { proposalMachine, type ProposalEvent } from '../../machines/proposal.ts';
import { bravo } from './hear.ts';

const committed: Committed = {
  end: 'committed',
  index: toIndex(5),
  term: toTerm(4),
  accepted: true,
  view: { status: 'active', value: 'open', context: {} },
  emitted: [],
};

const events = {
  placed: { type: 'log.placed' },
  applied: { type: 'log.applied', outcome: committed },
  appliedAsRefused: { type: 'log.applied', outcome: refused('not-running', 'in its turn') },
  appliedTooLate: {
    type: 'log.applied',
    outcome: { end: 'unknown', message: 'it may be forgotten' },
  },
  forwarded: { type: 'link.forwarded', to: bravo },
  leaderLost: { type: 'link.leaderLost' },
  declined: { type: 'node.refused', refusal: refused('no-leader', 'it does not lead') },
  overloaded: { type: 'node.refused', refusal: refused('overloaded', 'too much') },
  deadline: { type: 'clock.deadline' },
  leaderless: { type: 'clock.leaderless' },
  stopped: { type: 'node.stopped' },
  diverged: { type: 'node.diverged' },
} as const satisfies Record<string, ProposalEvent>;
type Name = keyof typeof events;

function proposalAfter(...names: readonly Name[]) {
  const actor = createActor(proposalMachine);
  actor.start();
  for (const name of names) actor.send(events[name]);
  return actor.getSnapshot();
}

const leaf = (snapshot: ReturnType<typeof proposalAfter>): string =>
  typeof snapshot.value === 'string' ? snapshot.value : snapshot.value.underWay;

/** Each state, by the shortest way there. */
const waysTo = {
  unplaced: [],
  placed: ['placed'],
  forwarded: ['forwarded'],
  'forwarded again': ['forwarded', 'leaderLost', 'forwarded'],
  adrift: ['forwarded', 'leaderLost'],
} as const satisfies Record<string, readonly Name[]>;

/** What becomes of it, and how it ends where it ends. */
const table: Readonly<Record<keyof typeof waysTo, Readonly<Record<Name, string>>>> = {
  unplaced: {
    placed: 'placed',
    applied: 'committed',
    appliedAsRefused: 'refused not-running',
    appliedTooLate: 'unknown',
    forwarded: 'forwarded',
    leaderLost: 'unplaced',
    declined: 'unplaced',
    overloaded: 'refused overloaded',
    deadline: 'refused no-leader',
    leaderless: 'refused no-leader',
    stopped: 'refused shutting-down',
    diverged: 'refused diverged',
  },
  placed: {
    placed: 'placed',
    applied: 'committed',
    appliedAsRefused: 'refused not-running',
    appliedTooLate: 'unknown',
    forwarded: 'forwarded',
    leaderLost: 'adrift',
    declined: 'adrift',
    overloaded: 'adrift',
    deadline: 'unknown',
    leaderless: 'placed',
    stopped: 'unknown',
    diverged: 'unknown',
  },
  forwarded: {
    placed: 'placed',
    applied: 'committed',
    appliedAsRefused: 'refused not-running',
    appliedTooLate: 'unknown',
    forwarded: 'forwarded',
    leaderLost: 'adrift',
    declined: 'adrift',
    overloaded: 'adrift',
    deadline: 'unknown',
    leaderless: 'forwarded',
    stopped: 'unknown',
    diverged: 'unknown',
  },
  'forwarded again': {
    placed: 'placed',
    applied: 'committed',
    appliedAsRefused: 'refused not-running',
    appliedTooLate: 'unknown',
    forwarded: 'forwarded',
    leaderLost: 'adrift',
    declined: 'adrift',
    overloaded: 'adrift',
    deadline: 'unknown',
    leaderless: 'forwarded',
    stopped: 'unknown',
    diverged: 'unknown',
  },
  adrift: {
    placed: 'placed',
    applied: 'committed',
    appliedAsRefused: 'refused not-running',
    appliedTooLate: 'unknown',
    forwarded: 'forwarded',
    leaderLost: 'adrift',
    declined: 'adrift',
    overloaded: 'adrift',
    deadline: 'unknown',
    leaderless: 'adrift',
    stopped: 'unknown',
    diverged: 'unknown',
  },
};

for (const [state, ends] of Object.entries(table) as [keyof typeof table, Record<Name, string>][]) {
  for (const [name, end] of Object.entries(ends) as [Name, string][]) {
    test(`a proposal that is ${state}: ${name} → ${end}`, () => {
      const before = proposalAfter(...waysTo[state]);
      assert.notEqual(
        proposalMachine.getTransitionData(before, events[name]).length,
        0,
        'it has decided about it',
      );
      const after = proposalAfter(...waysTo[state], name);
      const [where, code] = end.split(' ');
      assert.equal(leaf(after), where);
      if (after.status !== 'done') return;
      assert.equal(after.output.end, where);
      if (after.output.end === 'refused') assert.equal(after.output.code, code);
      if (name === 'applied') assert.equal(after.output, committed, 'with what it did');
    });
  }
}

test('it says that it may still happen exactly while some log or wire may hold it', () => {
  const mays = Object.entries(waysTo).filter(([, way]) =>
    proposalAfter(...way).hasTag('mayStillHappen'),
  );
  assert.deepEqual(
    mays.map(([state]) => state),
    ['placed', 'forwarded', 'forwarded again', 'adrift'],
  );
});

test('once it was on a wire, no refusal is the end of it: the wire may repeat what was refused', () => {
  for (const refusal of ['declined', 'overloaded'] as const) {
    const back = proposalAfter('forwarded', refusal);
    assert.equal(leaf(back), 'adrift');
    assert.ok(back.hasTag('mayStillHappen'));
    assert.equal(leaf(proposalAfter('forwarded', refusal, 'deadline')), 'unknown');
    assert.equal(leaf(proposalAfter('forwarded', refusal, 'forwarded', refusal)), 'adrift');
    assert.equal(leaf(proposalAfter('placed', 'leaderLost', 'forwarded', refusal)), 'adrift');
  }
});

const lives = fc.array(fc.constantFrom(...(Object.keys(events) as Name[])), { maxLength: 14 });

test('the three ends are never mixed up: refused means that nothing can come of it any more', () => {
  fc.assert(
    fc.property(lives, (names) => {
      const actor = createActor(proposalMachine);
      actor.start();
      /** The obvious account: once it was in a log or on a wire, it may turn up anywhere, any time. */
      let isOut = false;
      for (const name of names) {
        if (actor.getSnapshot().status === 'done') break;
        isOut ||= name === 'placed' || name === 'forwarded';
        actor.send(events[name]);
        const { status, output } = actor.getSnapshot();
        if (status !== 'done') continue;
        assert.equal(output?.end === 'committed', name === 'applied');
        if (output?.end === 'refused' && name !== 'appliedAsRefused') {
          assert.ok(!isOut, `${names.join(', ')}: refused though it may still happen`);
        }
        if (output?.end === 'unknown') {
          const isOver = ['deadline', 'stopped', 'diverged', 'appliedTooLate'].includes(name);
          assert.ok(isOver, 'it waits as long as anybody does');
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test('every state says what it is, and it wakes with nothing to do, so that thousands are cheap', () => {
  const nodesBelow = (node: AnyStateNode): AnyStateNode[] =>
    Object.values(node.states).flatMap((child) => [child, ...nodesBelow(child)]);
  for (const node of nodesBelow(proposalMachine.root)) {
    assert.ok(node.description, node.path.join('.'));
    assert.deepEqual(node.after, [], 'no timer of its own');
    assert.deepEqual(node.invoke, []);
  }
});
