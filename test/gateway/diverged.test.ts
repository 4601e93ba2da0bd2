/** The doors of a node that has come to wrong states. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../machines/protocol/ids.ts';
import { refused } from '../../machines/protocol/outcome.ts';
import { connectClient, openDoor } from './surroundings.ts';

const why = refused('diverged', 'it is wrong');
const subscribe = (id: string) => ({ type: 'subscribe', id, machine: 'order', key: '42' });
const refusal = (id: string) => ({ type: 'refused', id, code: 'diverged', message: 'it is wrong' });

test('every subscription ends with a refusal, and no later one begins', async () => {
  const { service, port } = await openDoor();
  const [one, other] = [await connectClient(port), await connectClient(port)];
  for (const id of ['1', '2']) await one.ask(subscribe(id));
  await other.ask(subscribe('3'));
  assert.equal(service.watches, 1);

  service.refuse(why);
  assert.deepEqual([await one.next(), await one.next()], [refusal('1'), refusal('2')]);
  assert.deepEqual(await other.next(), refusal('3'));
  assert.equal(service.watches, 0);

  service.apply('order', '42', { type: 'PAY' });
  assert.deepEqual(await one.ask(subscribe('4')), refusal('4'));
  // The same id is free again, and the connection is as good as before.
  assert.deepEqual(await one.ask({ type: 'unsubscribe', id: '1' }), {
    type: 'refused',
    id: '1',
    code: 'bad-request',
    message: 'no subscription with the id "1" is running; send the "id" of one that is',
  });
  assert.equal((await one.ask({ type: 'status', id: '5' })).type, 'status');
});

test('a read that is refused for it is 503, and so is a proposal', async () => {
  const { service, http } = await openDoor();
  service.readOutcome = why;
  service.outcome = why;
  const read = await fetch(`${http}/v1/machines/order/42?consistency=local`);
  assert.equal(read.status, 503);
  assert.equal(((await read.json()) as { code: string }).code, 'diverged');
  const body = JSON.stringify({ machine: 'order', key: '42', event: { type: 'PAY' } });
  const proposal = await fetch(`${http}/v1/proposals`, { method: 'POST', body });
  assert.equal(proposal.status, 503);
});

test('status and metrics show it', async () => {
  const { service, http } = await openDoor();
  const gauge = async () =>
    /^quorate_quarantined (\d)$/m.exec(await (await fetch(`${http}/metrics`)).text())?.[1];
  assert.equal(await gauge(), '0');
  const quarantined = {
    index: toIndex(7),
    isFirst: true,
    machine: 'order',
    key: '42',
    path: 'context.cents',
    ours: 3,
    theirs: null,
    message: 'they differ',
  };
  service.statusChanges = { quarantined };
  assert.equal(await gauge(), '1');
  const status = (await (await fetch(`${http}/v1/status`)).json()) as object;
  assert.deepEqual((status as { quarantined: unknown }).quarantined, quarantined);
});
