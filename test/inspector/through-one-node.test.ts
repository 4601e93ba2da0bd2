import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'vitest';
import type { MessagesAnswer } from '../../runtime/inspector/question-protocol.ts';
import { Cluster, type NodeProcess } from '../cluster/cluster.ts';
import { Viewer } from './viewer.ts';

async function append(node: NodeProcess, key: string, value: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${node.port}/v1/proposals`, {
    method: 'POST',
    body: JSON.stringify({ machine: 'ledger', key, event: { type: 'APPEND', value } }),
  });
  const { index } = (await response.json()) as { index?: number };
  assert.ok(index !== undefined);
  return index;
}

async function cluster(): Promise<{
  cluster: Cluster;
  leader: NodeProcess;
  followers: readonly NodeProcess[];
  viewer: Viewer;
}> {
  const started = await Cluster.start();
  const leader = await started.leader();
  const followers = started.nodes.filter((node) => node !== leader);
  const [first] = followers;
  assert.ok(first);
  const viewer = await Viewer.at(first.port);
  await viewer.sees((nodes) =>
    [...nodes.values()].every(({ unreachable }) => unreachable === null),
  );
  return { cluster: started, leader, followers, viewer };
}

describe('through one node', () => {
  test('instances and proposals of any node are seen, and go on being seen', async () => {
    const all = await cluster();
    await using _ = all.cluster;
    const { leader, followers, viewer } = all;
    const [near, far] = followers;
    assert.ok(near !== undefined && far !== undefined);

    for (const node of [leader, near, far]) {
      viewer.say({ type: 'watch', actor: `${node.id}/instance/ledger/a` });
    }
    viewer.say({ type: 'watch-proposals', node: leader.id });
    await viewer.next('proposals', ({ node }) => node === leader.id);
    const steps = [leader, near, far].map(({ id }) =>
      viewer.next('step', ({ actor }) => actor === `${id}/instance/ledger/a`),
    );
    const counted = viewer.next('proposals', ({ latency }) => latency.count > 0);
    const index = await append(leader, 'a', 'one');
    const seen = await Promise.all(steps);
    for (const step of seen) {
      assert.equal(step.index, index);
      assert.deepEqual(step.context, { values: ['one'] });
    }
    const { latency, inFlight, isSample } = await counted;
    assert.ok(latency.p50Ms !== null && latency.p50Ms > 0);
    assert.deepEqual([inFlight, isSample], [0, false]);

    const gone = viewer.next('gone', ({ actor }) => actor.startsWith(`${leader.id}/`));
    await all.cluster.signal(leader, 'SIGKILL');
    assert.match((await gone).reason, /cannot be reached/);
    const later = viewer.next('step', ({ actor }) => actor === `${far.id}/instance/ledger/a`);
    await append(near, 'a', 'two');
    assert.deepEqual((await later).context, { values: ['one', 'two'] });

    const back = viewer.next('actor', ({ actor }) => actor === `${leader.id}/instance/ledger/a`);
    all.cluster.run(leader);
    await back;
  });

  test('what the nodes said for the sake of one entry comes in an order that holds', async () => {
    const all = await cluster();
    await using _ = all.cluster;
    const { leader, followers, viewer } = all;
    const [near] = followers;
    assert.ok(near);
    const index = await append(near, 'a', 'one');
    await all.cluster.converged();
    const { messages, isPartialBecause } = await viewer.ask({ type: 'messages', index });
    assert.equal(isPartialBecause, null);
    const place = (wants: (message: MessagesAnswer['messages'][number]) => boolean): number => {
      const found = messages.findIndex(wants);
      assert.ok(found >= 0, JSON.stringify(messages));
      return found;
    };
    const forwarded = place(
      ({ kind, from, to }) => kind === 'forward' && from === near.id && to === leader.id,
    );
    for (const { id } of followers) {
      const appended = place(({ kind, to }) => kind === 'append' && to === id);
      const accepted = place(({ kind, from }) => kind === 'appendAccepted' && from === id);
      assert.ok(forwarded < appended && appended < accepted);
      const both = messages[appended];
      assert.ok(both?.sentMs !== null && both?.receivedMs !== null);
    }
  });

  test('questions go to the node that is named, and leadership is not handed over by whoever looks', async () => {
    const all = await cluster();
    await using _ = all.cluster;
    const { leader, viewer } = all;
    const index = await append(leader, 'a', 'one');
    await all.cluster.converged();
    for (const { id: node } of all.cluster.nodes) {
      const seen = await viewer.ask({
        type: 'instance-at',
        machine: 'ledger',
        key: 'a',
        index,
        node,
      });
      assert.deepEqual(seen.stand?.context, { values: ['one'] });
      assert.ok(viewer.chart(seen.chart ?? ''));
      const refused = await viewer.askAnything({ type: 'transfer', to: null, node });
      assert.equal(refused.type === 'refused' && refused.code, 'unauthorized');
    }
    const nobody = await viewer.askAnything({ type: 'log', node: 'n9' });
    assert.equal(nobody.type === 'refused' && nobody.code, 'bad-request');
    assert.equal((await all.cluster.leader()).id, leader.id);
  });

  test('who does not read is sent away, and the node goes on', async () => {
    const all = await cluster();
    await using _ = all.cluster;
    const { leader } = all;
    await append(leader, 'a', 'x'.repeat(100_000));
    const deaf = await Viewer.at(leader.port);
    await deaf.some('welcome');
    deaf.webSocket.pause();
    const ask = JSON.stringify(
      Array.from({ length: 1_000 }, (_each, request) => ({
        type: 'instance-at',
        machine: 'ledger',
        key: 'a',
        index: 1_000_000,
        request,
      })),
    );
    // About 2 KB for each answer: more than the connection and the node hold.
    for (let nth = 0; nth < 12; nth += 1) deaf.webSocket.send(ask);
    await append(leader, 'a', 'one more');
    const closed = once(deaf.webSocket, 'close');
    deaf.webSocket.resume();
    const [code] = (await closed) as [number];
    assert.equal(code, 1013);
    await append(leader, 'a', 'and one more');
  });
});
