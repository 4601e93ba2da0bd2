import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Unreachable } from '../../runtime/client/connection.ts';
import { rotate, type RotationOptions } from '../../runtime/client/rotation.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { quiet } from '../world/quiet.ts';
import { scriptedNodes, type Script } from './scripted-nodes.ts';

const silence = (count: number): readonly Script[] =>
  Array.from({ length: count }, () => () => null);

function rotation(
  scripts: readonly Script[],
  options: Partial<Pick<RotationOptions, 'chance' | 'followLeader'>> = {},
) {
  const { dial, nodes, urls } = scriptedNodes(...scripts);
  const clock = virtualClock();
  const dials: Readonly<{ url: string; atMs: number }>[] = [];
  const changes: (string | null)[] = [];
  const rotating = rotate({
    urls,
    clock,
    changed: (url) => changes.push(url),
    dial: (url, patienceMs) => {
      dials.push({ url, atMs: clock.nowMs() });
      return dial(url, patienceMs);
    },
    ...options,
  });
  return { rotating, nodes, urls, clock, dials, changes };
}

describe('a rotation', () => {
  test('opens one connection, however many ask at once', async () => {
    const { rotating, nodes } = rotation(silence(1));
    const connections = await Promise.all([
      rotating.connected(100),
      rotating.connected(100),
      rotating.connected(100),
    ]);
    assert.equal(new Set(connections).size, 1);
    assert.equal(nodes[0]?.callers.length, 1);
    assert.equal(await rotating.connected(100), connections[0]);
  });

  test('moves on once, though several leave the same node', async () => {
    const { rotating, urls, dials, nodes } = rotation(silence(3));
    const first = await rotating.connected(100);
    rotating.moveOn(first);
    const second = await rotating.connected(100);
    rotating.moveOn(first);
    assert.equal(await rotating.connected(100), second);
    assert.deepEqual(
      dials.map(({ url }) => url),
      urls.slice(0, 2),
    );
    assert.deepEqual(
      nodes.map((node) => node.open()),
      [0, 1, 0],
    );
  });

  test('goes on to the next where one is down, and comes round', async () => {
    const { rotating, nodes, urls } = rotation(silence(3));
    nodes[1]?.down();
    const first = await rotating.connected(100);
    assert.equal(first.url, urls[0]);
    rotating.moveOn(first);
    const second = await rotating.connected(100);
    assert.equal(second.url, urls[2]);
    rotating.moveOn(second);
    assert.equal((await rotating.connected(100)).url, urls[0]);
  });

  test('connects anew when a connection was lost while nobody asked', async () => {
    const { rotating, nodes, changes, urls } = rotation(silence(1));
    const first = await rotating.connected(100);
    nodes[0]?.callers[0]?.hangUp();
    await quiet();
    assert.notEqual(await rotating.connected(100), first);
    assert.deepEqual(changes, [urls[0], null, urls[0]]);
  });

  test('dials ever more seldom while nobody is there, however many ask', async () => {
    const { rotating, nodes, dials, clock } = rotation(silence(1));
    nodes[0]?.down();
    const askers = Array.from({ length: 50 }, async () => {
      for (;;) {
        try {
          return await rotating.connected(100);
        } catch (error) {
          assert.ok(error instanceof Unreachable);
        }
      }
    });
    for (let ms = 0; ms < 2_000; ms += 10) {
      await quiet();
      clock.advance(10);
    }
    const pauses = dials.map(({ atMs }, nth) => atMs - (dials[nth - 1]?.atMs ?? 0)).slice(1);
    assert.deepEqual(pauses.slice(0, 6), [20, 40, 80, 160, 320, 400]);
    nodes[0]?.up();
    clock.advance(400);
    assert.equal(new Set(await Promise.all(askers)).size, 1);
  });

  test('with chance begins at any node, and pauses for any while', async () => {
    const draws = [0.7, 0.9, 0.1];
    const { rotating, urls } = rotation(silence(3), { chance: () => draws.shift() ?? 0 });
    assert.equal((await rotating.connected(100)).url, urls[2]);
    assert.equal(Math.round(rotating.pauseBefore(0)), 28);
    assert.equal(Math.round(rotating.pauseBefore(9)), 240);
  });

  test('that is closed connects no more, and keeps no connection that comes too late', async () => {
    const { rotating, nodes } = rotation(silence(1));
    const connecting = rotating.connected(100);
    rotating.close();
    await assert.rejects(connecting, Unreachable);
    await assert.rejects(rotating.connected(100), Unreachable);
    assert.equal(nodes[0]?.open(), 0);
  });
});

describe('a rotation that follows the leader', () => {
  const members = ['n1', 'n2', 'n3'].map((id) => ({ id, address: `ws://${id}:80` }));
  /** A node that answers nothing but who leads. */
  const status = (node: string, leader: string | null) => ({
    type: 'status',
    node,
    role: 'follower',
    leader,
    members,
  });
  const knows =
    (node: string, leader: string | null): Script =>
    ({ type }) =>
      type === 'status' ? status(node, leader) : null;
  const follow = { followLeader: true };

  test('turns to it, and lets the first node answer what it was asked', async () => {
    const slow: Script = () => null;
    const scripts = [slow, knows('n2', 'n3'), knows('n3', 'n3')];
    const { rotating, nodes, urls, changes } = rotation(scripts, follow);
    const first = await rotating.connected(100);
    assert.equal(first.url, urls[0]);
    const question = { type: 'read', machine: 'order', key: '42', consistency: 'local' } as const;
    const asked = first.ask(question, 1_000);
    const idOf = (kind: string) => nodes[0]?.heard.find(({ type }) => type === kind)?.id;
    nodes[0]?.callers[0]?.say({ ...status('n1', 'n3'), id: idOf('status') });
    await quiet();
    const leader = await rotating.connected(100);
    assert.equal(leader.url, urls[2]);
    assert.deepEqual(changes, [urls[0], urls[2]]);
    assert.equal(nodes[0]?.open(), 1);
    nodes[0]?.callers[0]?.say({
      id: idOf('read'),
      type: 'refused',
      code: 'overloaded',
      message: '',
    });
    assert.equal((await asked).type, 'refused');
    assert.deepEqual(
      nodes.map((node) => node.open()),
      [0, 0, 1],
    );
  });

  test('stays where it is when that leads, or knows of no leader, or of none that we can find', async () => {
    for (const leader of ['n1', null, 'n9']) {
      const { rotating, urls, dials } = rotation([knows('n1', leader), () => null], follow);
      await rotating.connected(100);
      await quiet();
      assert.equal((await rotating.connected(100)).url, urls[0]);
      assert.equal(dials.length, 1);
    }
  });

  test('stays where it is when the leader does not take it', async () => {
    const { rotating, nodes, urls } = rotation([knows('n1', 'n2'), () => null], follow);
    nodes[1]?.down();
    const first = await rotating.connected(100);
    await quiet();
    assert.equal(await rotating.connected(100), first);
    assert.equal(first.url, urls[0]);
  });

  test('is not sent to and fro by nodes that take each other for the leader', async () => {
    const { rotating, dials, urls } = rotation([knows('n1', 'n2'), knows('n2', 'n1')], follow);
    await rotating.connected(100);
    await quiet();
    assert.deepEqual(
      dials.map(({ url }) => url),
      urls,
    );
  });
});
