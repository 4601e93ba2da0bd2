import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import type { Effect } from '../../machines/protocol/effects.ts';
import type { Entry, HardState } from '../../machines/protocol/entry.ts';
import { toIndex, toTerm, type NodeId } from '../../machines/protocol/ids.ts';
import { InvariantViolation } from '../../machines/protocol/invariant.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { emptyLog } from '../../machines/rules/log.ts';
import { entriesOf, place } from '../rules/logs.ts';
import {
  alpha,
  bravo,
  carol,
  example,
  from,
  messageKinds,
  nodeOf,
  otherStimuli,
  proposalsNamed,
  type Node,
} from './hear.ts';

const who = fc.constantFrom(bravo, carol);
const index = fc.nat(6);

/** Anything that may be said, likely terms and places, in any order. */
const message = fc
  .record({
    kind: fc.oneof(
      fc.constantFrom(...messageKinds),
      fc.constantFrom('preVoteGranted', 'voteGranted', 'appendAccepted', 'append'),
    ),
    behind: fc.constantFrom(0, 0, 0, 0, -2, -1, 1, 2),
    index,
    lastTerm: fc.nat(5),
    entries: fc.array(fc.nat(2), { maxLength: 3 }),
    commit: index,
    transfer: fc.boolean(),
  })
  .map((drawn) => (ourTerm: number): Message => {
    const term = toTerm(Math.max(0, ourTerm + drawn.behind));
    const last = place(drawn.index, drawn.index === 0 ? 0 : drawn.lastTerm);
    const told: Message = { ...example[drawn.kind](term) };
    switch (told.kind) {
      case 'preVoteRequest':
        return { ...told, last };
      case 'voteRequest':
        return { ...told, last, transfer: drawn.transfer };
      case 'append': {
        const terms = drawn.entries
          .map((rise) => Math.min(term, last.term + rise))
          .toSorted((a, b) => a - b);
        const entries = entriesOf(terms, last.index + 1);
        return { ...told, prev: last, entries, commitIndex: toIndex(drawn.commit) };
      }
      case 'appendAccepted':
        return { ...told, matchIndex: toIndex(drawn.index) };
      case 'heartbeat':
      case 'commit':
        return { ...told, commitIndex: toIndex(drawn.commit) };
      default:
        return told;
    }
  });

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ from: who, says: message }) },
  { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 1_000 }) }) },
  { weight: 4, arbitrary: fc.constant('flush' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...otherStimuli.filter(({ type }) => !type.startsWith('disk.'))),
  },
);

/** Watches one node from outside, and remembers all that it ever promised. */
function witness(node: Node) {
  const votes = new Map<number, NodeId>();
  /** Term and vote on disk, if the power went now; and what is being written. */
  let onDisk: HardState = node.context().hardState;
  let latest = onDisk;
  let term = 0;
  let commitIndex = 0;
  const applied: Entry[] = [];

  const hearPromise = ({ kind, term: in_ }: Message, to: NodeId): void => {
    if (kind !== 'voteGranted') return;
    assert.ok(latest.term >= in_, 'the term of a vote is written with it or before');
    assert.equal(votes.get(in_) ?? to, to, `one vote in term ${in_}`);
    votes.set(in_, to);
  };
  return {
    flushed: () => (onDisk = latest),
    see(wishes: readonly Effect[]): void {
      for (const wish of wishes) {
        if (wish.type === 'persist') {
          const { hardState } = wish;
          if (hardState !== null) {
            assert.ok(hardState.term >= latest.term, 'terms never go back');
            const isKept = hardState.term > latest.term || latest.votedFor === null;
            assert.ok(
              isKept || hardState.votedFor === latest.votedFor,
              'a vote is never taken back',
            );
            latest = hardState;
          }
          for (const { message: promised, to } of wish.thenSend) hearPromise(promised, to);
        }
        if (wish.type === 'send') {
          for (const { message: told } of wish.envelopes) {
            assert.notEqual(told.kind, 'voteGranted', 'a vote is never said before the flush');
            if (told.kind === 'voteRequest') {
              assert.deepEqual(onDisk, { term: told.term, votedFor: alpha }, 'nor our own');
            }
            assert.notEqual(told.kind, 'appendAccepted', 'nor is an acknowledgement');
          }
        }
        if (wish.type === 'apply') {
          for (const entry of wish.entries) {
            assert.equal(entry.index, applied.length + 1, 'applied once, in order, without a gap');
            applied.push(entry);
          }
        }
      }
      const context = node.context();
      assert.ok(context.hardState.term >= term, 'the term never goes back');
      assert.ok(context.commitIndex >= commitIndex, 'nor does the commit index');
      assert.equal(applied.length, context.commitIndex, 'what is committed is applied');
      assert.ok(onDisk.term <= context.hardState.term);
      for (const entry of applied) {
        assert.equal(context.log.shared[entry.index - 1], entry, 'what is committed stays');
      }
      if (context.hardState.votedFor === alpha) votes.set(context.hardState.term, alpha);
      const voted = votes.get(context.hardState.term);
      if (voted !== undefined) assert.equal(context.hardState.votedFor, voted);
      ({ term } = context.hardState);
      ({ commitIndex } = context);
    },
  };
}

test('whatever it hears, in whatever order, a node keeps its promises (Raft figure 2 and 3)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(0xffff_ffff), (steps, seed) => {
      const node = nodeOf({ seed, log: emptyLog(), hardState: null });
      const watching = witness(node);
      try {
        watching.see(node.wishes());
        for (const one of steps) {
          if (one === 'flush') {
            watching.flushed();
            watching.see(node.flush());
          } else if ('wait' in one) watching.see(node.wait(one.wait));
          else if ('says' in one) watching.see(node.hear(from(one.from, one.says(node.term()))));
          else watching.see(node.hear(one));
        }
      } catch (cause) {
        // Nobody keeps these strangers from replacing what is committed: that must crash.
        if (!(cause instanceof InvariantViolation)) throw cause;
      }
    }),
    { numRuns: 150 },
  );
});

test('those strangers do get it elected, and make it commit, now and then', () => {
  const seen = { leader: 0, committed: 0, voted: 0 };
  const random = fc.sample(fc.array(step, { minLength: 60, maxLength: 60 }), {
    numRuns: 80,
    seed: 7,
  });
  for (const [seed, steps] of random.entries()) {
    const node = nodeOf({ seed, log: emptyLog(), hardState: null });
    try {
      for (const one of steps) {
        if (one === 'flush') node.flush();
        else if ('wait' in one) node.wait(one.wait);
        else if ('says' in one) node.hear(from(one.from, one.says(node.term())));
        else node.hear(one);
        if (node.snapshot().matches({ role: 'leader' })) seen.leader += 1;
        if (node.context().commitIndex > 0) seen.committed += 1;
        if (node.context().hardState.votedFor === bravo) seen.voted += 1;
      }
      node.hear({ type: 'client.proposes', proposals: proposalsNamed('p') });
    } catch (cause) {
      if (!(cause instanceof InvariantViolation)) throw cause;
    }
  }
  for (const [what, times] of Object.entries(seen))
    assert.ok(times > 25, `${what}: ${times} times`);
});
