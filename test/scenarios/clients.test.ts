import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { proposalId, toIndex, toTerm, type LogIndex } from '../../machines/protocol/ids.ts';
import { encodeCommand } from '../../runtime/command-codec.ts';
import type { AppliedEvent } from '../../runtime/service.ts';
import { crown, lone, toldOf } from '../world/lone.ts';
import { append, heartbeat, voteRequest } from '../world/messages.ts';
import type { Asking } from '../world/clients.ts';
import { World } from '../world/world.ts';

const countAt = (world: World, node: string): unknown =>
  (world.service(node).peek('counter', 'k')?.view?.context as { count: number } | undefined)?.count;

const indexOf = ({ outcome }: Asking): number => (outcome?.end === 'committed' ? outcome.index : 0);

// Catches: a retry applied again, shown again to watchers, or answered with another result than the
// first (KUDU-568).
test('a retry is the same request: elsewhere, at two nodes at once, and after success (dissertation §6.3)', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const world = new World({ seed });
    await world.start();
    const leader = await world.settle();
    const [one = '', two = ''] = world.members.filter((member) => member !== leader);
    const id = world.newId();
    let changes = 0;
    world.service(two).watch('counter', 'k', () => void (changes += 1));
    const first = world.propose(one, { type: 'ADD', by: 5 }, { id });
    await world.run(world.chance.integer(0, 5));
    // The acknowledgement is lost with its node; the client asks the others, both at once.
    world.crash(one);
    const again = [two, leader].map((node) => world.propose(node, { type: 'ADD', by: 5 }, { id }));
    await world.run(1_500);
    const after = world.propose(leader, { type: 'ADD', by: 5 }, { id });
    await world.start(one);
    await world.run(500);
    const atLast = world.propose(one, { type: 'ADD', by: 5 }, { id });
    await world.run(500);
    assert.equal(countAt(world, leader), 5);
    assert.equal(countAt(world, one), 5);
    const answered = [...again, after, atLast];
    assert.ok(answered.every(({ outcome }) => outcome?.end === 'committed'));
    assert.equal(new Set(answered.map(indexOf)).size, 1, 'every answer is the first result');
    assert.ok(first.isLost || indexOf(first) === indexOf(after));
    assert.equal(changes, 1, 'and whoever watches sees one change');
    await world.calmDown();
  }
});

// Catches: a retry that is no longer recognised after a restart or under a new leader.
test('a retry is recognised after a change of leader and after a restart of all nodes (Jepsen, CockroachDB)', async () => {
  const world = new World();
  await world.start();
  await world.settle();
  const id = world.newId();
  const first = world.propose('a', undefined, { id });
  await world.run(50);
  await world.restart(world.leader() ?? 'a');
  await world.settle();
  const second = world.propose('b', undefined, { id });
  await world.run(200);
  for (const node of world.members) world.crash(node);
  await world.start();
  await world.settle();
  const third = world.propose('c', undefined, { id });
  await world.run(200);
  assert.deepEqual([second, third].map(indexOf), [indexOf(first), indexOf(first)]);
  assert.equal(countAt(world, 'c'), 1);
  await world.calmDown();
});

// Catches: "refused" for what may still happen (Jepsen, redis-raft and Redpanda: aborted reads).
test('“refused” is only said of what can never happen; the rest is “unknown” (openraft, error handling semantics)', async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const world = new World({ seed, nodes: 3 });
    await world.start();
    const leader = await world.settle();
    const [one = '', two = ''] = world.members.filter((member) => member !== leader);
    const timeoutMs = world.chance.integer(20, 3_000);
    for (const node of world.members) {
      for (let n = 0; n < 3; n += 1) world.propose(node, undefined, { timeoutMs });
    }
    await world.run(world.chance.integer(0, 6));
    // Loss of leadership at some stage, the entries perhaps on one follower, perhaps on none.
    if (world.chance.happens(0.5)) world.cut(leader, one);
    if (world.chance.happens(0.5)) world.cut(leader, two, 'one');
    if (world.chance.happens(0.5)) world.transfer(leader);
    for (let n = 0; n < 5; n += 1) {
      for (const node of world.members) world.propose(node, undefined, { timeoutMs });
      await world.run(world.chance.integer(1, 300));
    }
    await world.run(4_000);
    assert.ok(
      world.asked.every(({ outcome }) => outcome !== null),
      'everyone is answered in time',
    );
    await world.calmDown();
  }
});

/** `a` follows `b` in term 1 and has handed a proposal to it. */
async function handedOver() {
  const one = await lone({ log: [1], term: 1 });
  const { world, puppets } = one;
  const [b, c] = [puppets['b'], puppets['c']];
  assert.ok(b && c);
  b.say('a', append(1, [1, 1], [], 1));
  await world.run(5);
  const asking = world.propose('a', undefined, { timeoutMs: 1_000 });
  await world.run(5);
  const [proposal] = toldOf(b, 'forward').flatMap(({ proposals }) => proposals);
  assert.ok(proposal);
  const refusal = {
    kind: 'forwardRefused',
    term: toTerm(1),
    proposalIds: [proposal.proposalId],
    code: 'no-leader',
    message: 'b does not lead now',
  } as const;
  /** In the end `c` leads, and the log that it brings holds the proposal after all. */
  const itHappens = async (): Promise<void> => {
    await world.runUntil(() => asking.outcome !== null, 2_000);
    const run = { type: 'RUN' };
    const entries = [
      { ...world.entry(2, 2), payload: payloadOf(world, 'lifecycle', 'cluster', run) },
      { ...world.entry(3, 2), payload: proposal.payload },
    ];
    const { term } = world.statusOf('a');
    c.say('a', append(term, [1, 1], entries, 3));
    await world.run(20);
    assert.equal(countAt(world, 'a'), 1);
    world.witness.compareAnswers();
    await world.run(1);
    assert.notEqual(asking.outcome?.end, 'refused');
  };
  return { world, b, c, refusal, itHappens };
}

const payloadOf = (world: World, machine: string, key: string, event: MachineEvent): Uint8Array =>
  new Uint8Array(
    encodeCommand({
      proposalId: proposalId(world.newId()),
      machine,
      key,
      event,
      since: toIndex(0),
    }),
  );

// Catches: the first copy of a hand-over is placed, the second is declined, and the asker is told
// that nothing was applied. Messages may be repeated at any time (protocol/messages.ts).
test('a hand-over that arrives twice, and is declined the second time, is not called refused (Jepsen, Redpanda)', async () => {
  const { world, b, c, refusal, itHappens } = await handedOver();
  // The first copy stands in the log of b, which has stepped down since and declines the second.
  b.say('a', refusal);
  c.say('a', voteRequest(2, [2, 1], true));
  await world.run(10);
  await itHappens();
});

// Catches: a refusal by one leader, repeated late, that is taken for the next one's.
test('a refusal that arrives again, after the next leader took the proposal, refuses nothing (Jepsen, Redpanda)', async () => {
  const { world, b, c, refusal, itHappens } = await handedOver();
  b.say('a', refusal);
  await world.run(5);
  c.say('a', heartbeat(2));
  await world.run(60);
  assert.equal(toldOf(c, 'forward').length, 1, 'the next leader has it');
  b.say('a', refusal);
  b.say('a', voteRequest(3, [9, 2], true));
  await world.run(2_000);
  c.say('a', voteRequest(4, [9, 2], true));
  await world.run(10);
  await itHappens();
});

// Catches: a proposal id that joins itself in flight and is answered once only.
test('the same id asked twice at one node while in flight is answered twice, alike (dissertation §6.3)', async () => {
  const one = await lone({ log: [1], term: 1 });
  const { world } = one;
  const term = await crown(one);
  const id = world.newId();
  const asked = [
    world.propose('a', undefined, { id, timeoutMs: 400 }),
    world.propose('a', undefined, { id }),
  ];
  await world.run(10);
  assert.equal(world.statusOf('a').lastIndex, 3, 'one entry for both');
  const b = one.puppets['b'];
  assert.ok(b);
  b.say('a', { kind: 'appendAccepted', term: world.statusOf('a').term, matchIndex: toIndex(3) });
  await world.run(10);
  assert.ok(asked.every(({ outcome }) => outcome?.end !== undefined && outcome.end !== 'unknown'));
  assert.equal(world.statusOf('a').term, term);
  assert.ok(toldOf(b, 'append').length > 0);
});

/** A subscriber that moves from node to node: what it missed, then what happens. */
class Subscriber {
  readonly seen: AppliedEvent[] = [];
  #unwatch = (): void => {};
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }
  connect(node: string): void {
    this.#unwatch();
    const service = this.#world.service(node);
    const take = (event: AppliedEvent): void => {
      if (event.index > this.#last()) this.seen.push(event);
    };
    const missed = service.eventsAfter('counter', 'k', this.#last());
    assert.ok(missed !== null, 'nothing was forgotten');
    missed.forEach(take);
    this.#unwatch = service.watch('counter', 'k', take);
  }
  #last(): LogIndex {
    return this.seen.at(-1)?.index ?? toIndex(0);
  }
}

// Catches: a watch that goes back in time, loses or repeats events (etcd 15271, 17529, 18089).
test('subscribers that move between nodes see one history, without gap or repetition (etcd 15271)', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const world = new World({ seed });
    await world.start();
    await world.settle();
    const subscribers = [1, 2, 3].map(() => new Subscriber(world));
    const move = (subscriber: Subscriber): void => {
      const node = world.chance.pick(world.members);
      if (world.isUp(node)) subscriber.connect(node);
    };
    subscribers.forEach(move);
    for (let round = 0; round < 12; round += 1) {
      for (let n = 0; n < 4; n += 1) world.propose(world.chance.pick(world.members));
      await world.run(world.chance.integer(1, 120));
      move(world.chance.pick(subscribers));
      if (world.chance.happens(0.3)) world.cut('a', world.chance.pick(['b', 'c']));
      if (world.chance.happens(0.3)) world.heal();
      if (world.chance.happens(0.3)) {
        const node = world.chance.pick(world.members);
        await world.restart(node, 'process');
        subscribers.forEach(move);
      }
    }
    await world.calmDown();
    const whole = world.service('a').eventsAfter('counter', 'k', toIndex(0));
    assert.ok(whole !== null && whole.length > 10);
    for (const subscriber of subscribers) {
      subscriber.connect('b');
      assert.deepEqual(
        subscriber.seen.map(({ index }) => index),
        whole.map(({ index }) => index),
      );
      const counts = subscriber.seen.map(({ view }) => (view.context as { count: number }).count);
      assert.deepEqual(
        counts,
        counts.map((_, n) => n + 1),
        'one transition each, in order',
      );
    }
  }
});

// Catches: proposals taken, or applied, before the cluster runs or after it was stopped.
test('in Init and Stopped proposals are refused in their turn on every node, and reads are served (DESIGN, lifecycle)', async () => {
  const world = new World({ hold: true });
  await world.start();
  await world.elect();
  await world.run(500);
  const early = world.members.map((node) => world.propose(node));
  const read = world.read('a');
  await world.run(100);
  for (const { outcome } of early) {
    assert.ok(outcome?.end === 'refused' && outcome.code === 'not-running');
  }
  assert.ok(read.answer !== null && !('end' in read.answer));
  const command = (type: string): Asking =>
    world.propose('b', { type }, { machine: 'lifecycle', key: 'cluster' });
  command('RUN');
  await world.run(100);
  const taken = world.propose('c');
  await world.run(100);
  assert.equal(taken.outcome?.end, 'committed');
  command('STOP');
  await world.run(100);
  const late = world.propose('c');
  await world.run(100);
  // A retry of what was refused stays refused: that answer was final.
  const [first] = early;
  command('RUN');
  await world.run(limits.heartbeatIntervalMs);
  const retried = world.propose('a', undefined, { id: first?.proposalId ?? '' });
  await world.run(100);
  assert.ok(late.outcome?.end === 'refused' && retried.outcome?.end === 'refused');
  assert.ok(world.members.every((node) => world.statusOf(node).lifecycle === 'Running'));
  await world.calmDown();
});
