import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Effect } from '../../../machines/protocol/effects.ts';
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { InvariantViolation } from '../../../machines/protocol/invariant.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { hostNode, type Stimulus } from '../../../runtime/host.ts';
import { entriesOf, logOfTerms, place } from '../../rules/logs.ts';
import { virtualClock } from '../../transport/virtual-clock.ts';
import { alpha, bravo, example, from, threeVoters } from '../hear.ts';

function hosted(around: { carryOut?: (wish: Effect) => void } = {}) {
  const clock = virtualClock();
  /** What was carried out, with a bar wherever a turn was over. */
  const done: string[] = [];
  const gathered: Stimulus[] = [];
  const causes: unknown[] = [];
  const host = hostNode(
    {
      self: alpha,
      voters: threeVoters,
      hold: false,
      hardState: { term: toTerm(3), votedFor: null },
      log: logOfTerms(1, 1, 2),
      seed: 7,
    },
    {
      clock,
      carryOut: (wish) => {
        done.push(wish.type);
        around.carryOut?.(wish);
      },
      gather: () => gathered.splice(0),
      turnOver: () => void done.push('|'),
      broken: (cause) => void causes.push(cause),
    },
  );
  return {
    host,
    clock,
    gathered,
    causes,
    /** What was done since this was last asked. */
    done: () => done.splice(0).join(' '),
  };
}

test('all that arrives in one turn of the event loop is heard in one, and leaves once', () => {
  const { host, clock, done } = hosted();
  host.start();
  done();
  host.deliver(from(bravo, example.heartbeat(3)));
  host.deliver(from(bravo, example.heartbeat(3)));
  assert.equal(done(), '', 'nothing is heard before the turn');
  clock.advance(0);
  assert.equal(done(), 'leaderChanged send send |');
});

test('what is gathered at the end of a turn is heard in that turn', () => {
  const { host, clock, gathered, done } = hosted();
  host.start();
  host.deliver(from(bravo, example.heartbeat(3)));
  gathered.push({ type: 'client.reads', readId: 1 });
  done();
  clock.advance(0);
  assert.equal(done(), 'leaderChanged send send |');
  host.awake();
  clock.advance(0);
  assert.equal(done(), '|');
});

test('what carrying out a wish brings in is heard before the turn is over', () => {
  const one = hosted({
    carryOut: (wish) => {
      if (wish.type !== 'leaderChanged') return;
      one.host.deliver({ type: 'client.reads', readId: 1 });
    },
  });
  one.host.start();
  one.done();
  one.host.deliver(from(bravo, example.heartbeat(3)));
  one.clock.advance(0);
  assert.equal(one.done(), 'leaderChanged send send |');
});

test('an alarm of the chart is a turn of its own', () => {
  const { host, clock, done } = hosted();
  host.start();
  done();
  clock.advance(limits.electionTimeoutMsMin);
  assert.match(done(), /^send \|/);
  assert.equal(host.actor.getSnapshot().value.role, 'preCandidate');
});

test('a chart that throws has promised nothing, and the node is broken for good', () => {
  const { host, clock, causes, done } = hosted();
  host.start();
  const append = example.append(3);
  host.deliver(from(bravo, { ...append, commitIndex: toIndex(3) }));
  clock.advance(0);
  done();
  // Replacing a committed entry: the term is adopted, and then the rule crashes.
  const rival = { ...example.append(9), prev: place(2, 1), entries: entriesOf([9], 3) };
  host.deliver(from(bravo, rival));
  host.deliver(from(bravo, example.heartbeat(9)));
  clock.advance(60_000);
  assert.ok(causes.length > 0 && causes[0] instanceof InvariantViolation);
  assert.doesNotMatch(done(), /persist|send/);
});

test('an effect that throws breaks the node, and nothing more leaves in that turn', () => {
  const { host, clock, causes, done } = hosted({
    carryOut: (wish) => {
      if (wish.type === 'leaderChanged') throw new Error('a bug');
    },
  });
  host.start();
  done();
  host.deliver(from(bravo, example.heartbeat(3)));
  clock.advance(60_000);
  assert.equal(causes.length, 1);
  assert.equal(done(), 'leaderChanged');
});

test('a host that was stopped hears nothing, also what it had heard of before', () => {
  const { host, clock, done } = hosted();
  host.start();
  done();
  host.deliver(from(bravo, example.heartbeat(3)));
  host.stop();
  host.deliver(from(bravo, example.heartbeat(3)));
  host.awake();
  clock.advance(60_000);
  assert.equal(done(), '');
});
