import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import { Viewer } from './viewer.ts';

test('a viewer of one node sees all three, and goes on seeing them when the leader dies', async () => {
  await using cluster = await Cluster.start();
  const leader = await cluster.leader();
  const [other] = cluster.nodes.filter((node) => node !== leader);
  assert.ok(other);
  const viewer = await Viewer.at(other.port);

  const welcome = await viewer.some('welcome');
  assert.equal(welcome.node, other.id);
  assert.deepEqual(welcome.members, ['n1', 'n2', 'n3']);
  assert.equal(welcome.machines[0], 'lifecycle');
  assert.equal(welcome.mayAct, false);
  await viewer.sees((nodes) =>
    [...nodes.values()].every(
      ({ unreachable, status }) => unreachable === null && status?.lifecycle === 'Running',
    ),
  );
  await viewer.sees((nodes) => nodes.get(leader.id)?.status?.role === 'leader');
  await viewer.some(
    'actors',
    ({ node, added }) => node === leader.id && added.some(({ kind }) => kind === 'peer'),
  );

  await cluster.signal(leader, 'SIGKILL');
  await viewer.sees((nodes) => {
    const dead = nodes.get(leader.id);
    const rest = [...nodes.values()].filter(({ node }) => node !== leader.id);
    return (
      dead?.unreachable !== null &&
      rest.filter((each) => each.status?.role === 'leader').length === 1
    );
  });
  cluster.run(leader);
  await viewer.sees((nodes) => {
    const back = nodes.get(leader.id);
    return back?.unreachable === null && back.status?.role === 'follower';
  });
});

test('an actor is followed step by step, by the ids of its chart, with why it did not move', async () => {
  await using cluster = await Cluster.start();
  const leader = await cluster.leader();
  const [node] = cluster.nodes.filter((each) => each !== leader);
  assert.ok(node);
  const viewer = await Viewer.at(node.port);
  await viewer.sees((nodes) => nodes.get(leader.id)?.unreachable === null);
  viewer.say({ type: 'watch', actor: leader.id });
  const picture = await viewer.next('actor', ({ actor }) => actor === leader.id);
  const chart = viewer.chart(picture.chart ?? '');
  assert.equal(chart?.id, 'node');
  assert.ok(picture.active.includes('node.role.leader'));
  assert.ok(picture.timers.some(({ event }) => event.includes('heartbeatInterval')));

  const beat = await viewer.next(
    'step',
    ({ actor, event }) => actor === leader.id && event.type.includes('heartbeatInterval'),
  );
  assert.deepEqual(
    beat.explanation.microsteps[0]?.transitions.map((id) => id.replace(/#\d+$/, '')),
    ['node.role.leader.pulse.beating'],
  );
});
