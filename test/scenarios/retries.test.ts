/** Asking again under the same id. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../machines/protocol/ids.ts';
import type { Asking } from '../world/clients.ts';
import { crown, lone, toldOf } from '../world/lone.ts';
import { World } from '../world/world.ts';
import { countAt } from './count-at.ts';

const indexOf = ({ outcome }: Asking): number => (outcome?.end === 'committed' ? outcome.index : 0);

// Catches: a retry applied again, shown again to watchers, or answered with another result than the
// first (KUDU-568).
test('#41 A retry is the same request: elsewhere, at two nodes at once, and after success (dissertation §6.3, KUDU-568)', async () => {
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
test('#41 A retry is the same request after a change of leader and after a restart of all nodes (Jepsen, CockroachDB)', async () => {
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
