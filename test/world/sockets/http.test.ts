/** Over simulated sockets HTTP says what it says over real ones, and a request may come to nothing. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { World } from '../world.ts';
import type { HttpAnswer, HttpRequest } from './http-door.ts';

const withinMs = 2_000;
const adding: HttpRequest = {
  target: '/v1/proposals',
  body: { machine: 'counter', key: 'k/1', event: { type: 'ADD', by: 2 }, timeoutMs: 1_000 },
};
const looking = (query = ''): HttpRequest => ({
  target: `/v1/machines/counter/k%2F1${query}`,
  body: null,
});

type Asked = HttpAnswer | 'unreached' | null;

/** A cluster that serves, and somebody who asks its nodes. */
async function serving() {
  const world = new World({ nodes: 3, carrier: 'frames and doors' });
  await world.start();
  const leader = await world.settle();
  const client = world.httpClient('somebody');
  const ask = async (node: string, request: HttpRequest): Promise<Asked> => {
    let answer: Asked | undefined;
    void client.ask(node, request, withinMs).then((told) => (answer = told));
    await world.runUntil(() => answer !== undefined, 2 * withinMs);
    return answer ?? null;
  };
  return { world, leader, client, ask };
}

const statusOf = (answer: Asked): unknown => (answer as HttpAnswer).status;

test('any node takes a proposal and shows what came of it', async () => {
  const { world, ask } = await serving();
  for (const [nth, node] of world.members.entries()) {
    assert.equal(statusOf(await ask(node, adding)), 200);
    const answer = (await ask(node, looking())) as HttpAnswer;
    assert.equal(answer.status, 200);
    const { snapshot } = answer.body as { snapshot: { context: unknown } };
    assert.deepEqual(snapshot.context, { count: 2 * (nth + 1) });
  }
});

test('what is refused has the status that it has on real sockets', async () => {
  const { leader, ask } = await serving();
  const unknown = { target: '/v1/proposals', body: { ...adding.body, machine: 'nobody' } };
  assert.equal(statusOf(await ask(leader, unknown)), 422);
  assert.equal(statusOf(await ask(leader, { target: '/v1/proposals', body: {} })), 422);
  const elsewhere = { target: '/v1/machines/nobody/k', body: null };
  assert.equal(statusOf(await ask(leader, elsewhere)), 404);
  assert.equal(statusOf(await ask(leader, looking('?consistency=odd'))), 422);
});

test('a leader on its own cannot say how it ends', async () => {
  const { world, leader, ask } = await serving();
  for (const node of world.members) if (node !== leader) world.crash(node);
  assert.equal(statusOf(await ask(leader, adding)), 504);
  assert.equal(statusOf(await ask(leader, looking('?timeoutMs=500'))), 503);
});

test('where nobody is there, or nobody answers any more, no status is made up', async () => {
  const { world, leader, ask, client } = await serving();
  const [down = '', other = ''] = world.members.filter((node) => node !== leader);
  world.crash(down, 'process');
  assert.equal(await ask(down, adding), 'unreached');

  world.pause(other);
  assert.equal(await ask(other, adding), 'unreached', 'it never took the call');
  world.wake(other);
  world.crash(leader);
  let answer: Asked | undefined;
  void client.ask(other, adding, withinMs).then((told) => (answer = told));
  await world.run(10);
  assert.equal(answer, undefined, 'it waits for a leader');
  world.crash(other);
  await world.runUntil(() => answer !== undefined, 2 * withinMs);
  assert.equal(answer, null);
});
