import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, type AnyActorRef } from 'xstate';
import { nodeId, proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { refused, type Committed, type Outcome } from '../../machines/protocol/outcome.ts';
import { proposalsLogic, slotMs, unheldAmong } from '../../machines/proposals.ts';
import { bravo, proposalsNamed } from './hear.ts';

const committed: Committed = {
  end: 'committed',
  index: toIndex(5),
  term: toTerm(4),
  accepted: true,
  view: { status: 'active', value: 'open', context: {} },
  emitted: [],
};

function supervisor() {
  const ends: [string, Outcome][] = [];
  const seen: string[] = [];
  const actor = createActor(proposalsLogic, {
    id: 'alpha/proposals',
    input: { node: nodeId('alpha'), ended: (id, outcome) => void ends.push([id, outcome]) },
    inspect: (event) => {
      if (event.type === '@xstate.actor') seen.push((event.actorRef as AnyActorRef).id);
    },
  });
  actor.start();
  return {
    actor,
    seen,
    ask: (names: readonly string[], deadlineMs = 1_000) =>
      actor.send({
        type: 'client.proposes',
        asked: proposalsNamed(...names).map((proposal) => ({ proposal, deadlineMs })),
      }),
    tick: (nowMs: number) => actor.send({ type: 'clock.ticked', nowMs }),
    inFlight: () => actor.getSnapshot().inFlight.size,
    slots: () => actor.getSnapshot().slots.size,
    /** Which of these nobody has. */
    unheld: (names: readonly string[]) =>
      unheldAmong(actor.getSnapshot(), names.map(proposalId)).map((one) => String(one.proposalId)),
    /** Who ended since this was last asked, and how. */
    ended: () => ends.splice(0).map(([id, { end }]) => `${id} ${end}`),
  };
}
const idsOf = (...names: readonly string[]) => names.map(proposalId);

test('each proposal is an actor of the node’s system, by its own name, and ends once', () => {
  const { ask, actor, seen, ended, inFlight } = supervisor();
  ask(['p', 'q']);
  assert.deepEqual(seen, ['alpha/proposals', 'alpha/proposal/p', 'alpha/proposal/q']);
  actor.send({ type: 'log.placed', proposalIds: idsOf('p', 'q') });
  actor.send({
    type: 'log.applied',
    ends: [{ proposalId: proposalId('p'), outcome: committed }],
  });
  actor.send({
    type: 'log.applied',
    ends: [{ proposalId: proposalId('p'), outcome: committed }],
  });
  assert.deepEqual(ended(), ['p committed']);
  assert.equal(inFlight(), 1, 'what is done is gone');
});

test('nobody has what no wire and no log holds, and what its leader left behind or declined', () => {
  const { ask, actor, unheld } = supervisor();
  ask(['new', 'placed', 'forwarded', 'adrift', 'back', 'done']);
  actor.send({ type: 'log.placed', proposalIds: idsOf('placed') });
  const handedOn = proposalsNamed('forwarded', 'adrift', 'back');
  actor.send({ type: 'link.forwarded', proposals: handedOn, to: bravo });
  actor.send({ type: 'link.leaderLost', proposalIds: idsOf('adrift', 'stranger') });
  actor.send({
    type: 'log.applied',
    ends: [{ proposalId: proposalId('done'), outcome: committed }],
  });
  actor.send({
    type: 'node.refused',
    proposalIds: idsOf('back'),
    refusal: refused('no-leader', 'it does not lead'),
  });
  const all = ['stranger', 'done', 'back', 'adrift', 'forwarded', 'placed', 'new'];
  assert.deepEqual(unheld(all), ['back', 'adrift', 'new'], 'in the order asked for');
});

test('a refusal reaches those that it names', () => {
  const { ask, actor, ended } = supervisor();
  ask(['p', 'q', 'r']);
  const refusal = refused('overloaded', 'too much');
  actor.send({ type: 'node.refused', proposalIds: idsOf('p', 'r', 'stranger'), refusal });
  assert.deepEqual(ended(), ['p refused', 'r refused']);
});

test('a deadline is kept to within a slot, and never rings early', () => {
  const { ask, tick, ended, slots } = supervisor();
  ask(['sharp'], 20 * slotMs);
  ask(['later'], 20 * slotMs + 1);
  ask(['late'], 21 * slotMs);
  tick(20 * slotMs - 1);
  assert.deepEqual(ended(), []);
  tick(20 * slotMs);
  assert.deepEqual(ended(), ['sharp refused']);
  tick(21 * slotMs - 1);
  assert.deepEqual(ended(), []);
  tick(21 * slotMs);
  assert.deepEqual(ended(), ['later refused', 'late refused']);
  assert.equal(slots(), 0);
});

test('a clock that slept rings every deadline that it slept through', () => {
  const { ask, tick, ended } = supervisor();
  ask(['p'], 1_000);
  ask(['q'], 2_000);
  ask(['r'], 9_000);
  tick(5_000);
  assert.deepEqual(ended(), ['p refused', 'q refused']);
});

test('a deadline of an earlier life of the same id does not end the present one', () => {
  const { ask, actor, tick, ended, inFlight } = supervisor();
  ask(['p'], 1_000);
  actor.send({ type: 'log.applied', ends: [{ proposalId: proposalId('p'), outcome: committed }] });
  ask(['p'], 3_000);
  tick(1_000);
  assert.deepEqual(ended(), ['p committed']);
  assert.equal(inFlight(), 1);
  tick(3_000);
  assert.deepEqual(ended(), ['p refused']);
});

test('when nobody leads for too long, what was never sent is refused, and the rest waits on', () => {
  const { ask, actor, ended, inFlight } = supervisor();
  ask(['unsent', 'sent']);
  actor.send({ type: 'link.forwarded', proposals: proposalsNamed('sent'), to: bravo });
  actor.send({ type: 'clock.leaderless' });
  assert.deepEqual(ended(), ['unsent refused']);
  assert.equal(inFlight(), 1);
});

test('a node that stops ends all: unknown what was sent, refused what never was', () => {
  const { ask, actor, ended, inFlight } = supervisor();
  ask(['unsent', 'placed', 'forwarded', 'adrift']);
  actor.send({ type: 'log.placed', proposalIds: idsOf('placed') });
  actor.send({
    type: 'link.forwarded',
    proposals: proposalsNamed('forwarded', 'adrift'),
    to: bravo,
  });
  actor.send({ type: 'link.leaderLost', proposalIds: idsOf('adrift') });
  actor.send({ type: 'node.stopped' });
  assert.deepEqual(ended().toSorted(), [
    'adrift unknown',
    'forwarded unknown',
    'placed unknown',
    'unsent refused',
  ]);
  assert.equal(inFlight(), 0);
});

test('stopping the supervisor stops every child, and none of them ends in anything', () => {
  const { ask, actor, ended, inFlight } = supervisor();
  ask(['p', 'q']);
  const children = [...actor.getSnapshot().inFlight.values()].map((one) => one.actor);
  actor.stop();
  assert.deepEqual(
    children.map((child) => child.getSnapshot().status),
    ['stopped', 'stopped'],
  );
  assert.equal(inFlight(), 0);
  assert.deepEqual(ended(), []);
});

test('ten thousand proposals live and end, and nothing of them stays behind', () => {
  const { ask, actor, tick, ended, inFlight, slots, unheld } = supervisor();
  const names = Array.from({ length: 10_000 }, (_, nth) => `p${nth}`);
  for (const [nth, name] of names.entries()) ask([name], 1_000 + nth);
  assert.equal(unheld(names).length, 10_000);
  const [applied, adrift] = [names.slice(0, 6_000), names.slice(6_000)];
  actor.send({ type: 'log.placed', proposalIds: idsOf(...applied) });
  actor.send({ type: 'link.forwarded', proposals: proposalsNamed(...adrift), to: bravo });
  actor.send({
    type: 'log.applied',
    ends: idsOf(...applied).map((id) => ({ proposalId: id, outcome: committed })),
  });
  assert.equal(inFlight(), 4_000);
  assert.ok(slots() <= 4_000 / slotMs + 1, 'nor do the deadlines of those that ended');
  tick(60_000);
  assert.equal(inFlight(), 0);
  assert.equal(slots(), 0);
  const ends = ended();
  assert.equal(new Set(ends).size, 10_000, 'each exactly once');
  assert.equal(ends.filter((end) => end.endsWith('committed')).length, 6_000);
  assert.equal(ends.filter((end) => end.endsWith('unknown')).length, 4_000);
});
