import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { refusalCodes } from '../../machines/protocol/errors.ts';
import { connectClient, openDoor } from './surroundings.ts';

const propose = { type: 'propose', id: '7', machine: 'order', key: '42', event: { type: 'PAY' } };
const uuid = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe('a proposal', () => {
  test('that is committed is answered with the instance right after its event', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const answer = await client.ask({ ...propose, proposalId: uuid, input: { a: 1 } });
    assert.deepEqual(answer, {
      type: 'committed',
      id: '7',
      proposalId: uuid,
      index: 1,
      term: 3,
      accepted: true,
      snapshot: { status: 'active', value: 'pay', context: { ballast: '', count: 1 } },
      emitted: [{ type: 'noted', index: 1 }],
    });
    assert.deepEqual(service.proposed[0]?.request, {
      proposalId: uuid,
      machine: 'order',
      key: '42',
      event: { type: 'PAY' },
      input: { a: 1 },
      timeoutMs: limits.proposalTimeoutMsDefault,
    });
  });

  test('that its machine had no transition for is committed, and says so', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    await client.ask(propose);
    assert.equal((await client.ask(propose)).accepted, false);
  });

  test('is answered with as much of the instance as it asked for', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    const value = await client.ask({ ...propose, reply: 'value' });
    assert.deepEqual(value.snapshot, { status: 'active', value: 'pay' });
    const none = await client.ask({ ...propose, reply: 'none' });
    assert.ok(!('snapshot' in none));
    assert.deepEqual(none.emitted, [{ type: 'noted', index: 2 }]);
  });

  test('asked for again so late that its state is no longer kept is answered with null for it', async () => {
    const { service, port } = await openDoor();
    service.outcome = { ...service.apply('order', '42', { type: 'PAY' }), view: null };
    const client = await connectClient(port);
    const answers = [await client.ask(propose), await client.ask({ ...propose, reply: 'value' })];
    for (const { type, snapshot } of answers) {
      assert.deepEqual([type, snapshot], ['committed', null]);
    }
  });

  test('without ids gets a proposal id from the node, and no id back', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const answer = await client.ask({ ...propose, id: undefined });
    assert.match(String(answer.proposalId), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.equal(answer.proposalId, service.proposed[0]?.request.proposalId);
    assert.ok(!('id' in answer));
  });

  test('is the same proposal in capitals, and is called as its sender calls it', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const first = await client.ask({ ...propose, proposalId: uuid });
    const again = await client.ask({ ...propose, id: 8, proposalId: uuid.toUpperCase() });
    assert.equal(service.proposed[1]?.request.proposalId, uuid);
    assert.deepEqual(again, { ...first, id: 8, proposalId: uuid.toUpperCase() });
  });

  test('waits no longer than the most, however long it would', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    await client.ask({ ...propose, timeoutMs: 1e12 });
    await client.ask({ ...propose, timeoutMs: 250 });
    const waits = service.proposed.map(({ request }) => request.timeoutMs);
    assert.deepEqual(waits, [limits.proposalTimeoutMsMax, 250]);
  });

  test.each(refusalCodes)('that the node refuses with %s says so', async (code) => {
    const { service, port } = await openDoor();
    service.outcome = { end: 'refused', code, message: 'for a reason' };
    const client = await connectClient(port);
    const answer = await client.ask({ ...propose, proposalId: uuid });
    assert.deepEqual(answer, {
      type: 'refused',
      id: '7',
      proposalId: uuid,
      code,
      message: 'for a reason',
    });
  });

  test('whose end nobody knows is unknown, not refused', async () => {
    const { service, port } = await openDoor();
    service.outcome = { end: 'unknown', message: 'it may still happen' };
    const client = await connectClient(port);
    const answer = await client.ask({ ...propose, proposalId: uuid });
    assert.deepEqual(answer, {
      type: 'unknown',
      id: '7',
      proposalId: uuid,
      message: 'it may still happen',
    });
  });

  test('that is not understood never reaches the node, and the connection stays', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    for (const text of ['', '{', '5', '{"type":"propose","id":1}']) {
      client.sendText(text);
      assert.equal((await client.next()).code, 'bad-request');
    }
    client.webSocket.send(Buffer.from(JSON.stringify(propose)), { binary: true });
    assert.match(String((await client.next()).message), /binary; send JSON as text/);
    const refused = await client.ask({ ...propose, event: { type: 'xstate.stop' } });
    assert.deepEqual([refused.code, refused.id], ['invalid-event', '7']);
    assert.equal(service.proposed.length, 0);
    assert.equal((await client.ask(propose)).type, 'committed');
  });

  test('of a client that has gone ends in silence', async () => {
    const { service, port } = await openDoor();
    service.outcome = 'never';
    const client = await connectClient(port);
    const proposed = service.nextProposal();
    client.send(propose);
    await proposed;
    client.webSocket.terminate();
    await once(client.webSocket, 'close');
    const [asked] = service.proposed;
    asked?.listener.ended({ end: 'unknown', message: 'too late for anybody' });
    const other = await connectClient(port);
    assert.equal((await other.ask({ type: 'status' })).type, 'status');
  });
});

describe('a read', () => {
  const read = { type: 'read', id: '8', machine: 'order', key: '42' };

  test('gives the instance and the index it is of, and is linearizable unless it says otherwise', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const { snapshot } = await client.ask(propose);
    assert.deepEqual(await client.ask(read), {
      type: 'state',
      id: '8',
      machine: 'order',
      key: '42',
      index: 1,
      exists: true,
      snapshot,
    });
    await client.ask({ ...read, consistency: 'local' });
    assert.deepEqual(
      service.readRequests.map(({ consistency }) => consistency),
      ['linearizable', 'local'],
    );
  });

  test('of an instance that has not begun says that it does not exist', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    const { exists, snapshot, index } = await client.ask(read);
    assert.deepEqual({ exists, snapshot, index }, { exists: false, snapshot: null, index: 0 });
  });

  test('of a machine that nobody has is refused', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    const answer = await client.ask({ ...read, machine: 'nobody' });
    assert.deepEqual([answer.type, answer.id, answer.code], ['refused', '8', 'unknown-machine']);
  });
});

test('the status is that of the node, with the id of the question', async () => {
  const { service, port } = await openDoor();
  const client = await connectClient(port);
  const status = JSON.parse(JSON.stringify(service.status())) as object;
  assert.deepEqual(await client.ask({ type: 'status', id: '1' }), {
    type: 'status',
    id: '1',
    ...status,
  });
});

describe('the answers of one turn', () => {
  const questions = [1, 2, 3].map((id) => ({ ...propose, id }));

  test('go as one array to a client that speaks in arrays', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    client.send(questions);
    const answers = JSON.parse(await client.frame()) as { id: number; type: string }[];
    assert.deepEqual(
      answers.map(({ id, type }) => [id, type]),
      [1, 2, 3].map((id) => [id, 'committed']),
    );
    const single = await client.ask({ type: 'status', id: 4 });
    assert.equal(single.id, 4);
  });

  test('go one by one to a client that never sent an array', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    for (const question of questions) client.send(question);
    for (const { id } of questions) assert.equal((await client.next()).id, id);
  });

  test('go in arrays that are themselves within the limits', async () => {
    const { port } = await openDoor({ limits: { messagesPerFrameMax: 2 } });
    const client = await connectClient(port);
    client.send([...questions, ...questions]);
    const sizes: number[] = [];
    for (let frame = 0; frame < 3; frame += 1) {
      sizes.push((JSON.parse(await client.frame()) as unknown[]).length);
    }
    assert.deepEqual(sizes, [2, 2, 2]);
  });
});

describe('limits of a connection', () => {
  test('a frame too large closes its connection with 1009 and no other', async () => {
    const { port } = await openDoor();
    const survivor = await connectClient(port);
    const client = await connectClient(port);
    client.sendText('x'.repeat(limits.clientFrameBytesMax + 1));
    assert.equal(await client.closeCode(), 1009);
    assert.equal((await survivor.ask(propose)).type, 'committed');
  });

  test('a frame of exactly the most bytes is read', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    client.sendText(`"${'x'.repeat(limits.clientFrameBytesMax - 2)}"`);
    assert.equal((await client.next()).code, 'bad-request');
  });

  test('nonsense without end closes its connection with 1008, nonsense now and then does not', async () => {
    const { service, port } = await openDoor({ limits: { badMessagesInARowMax: 3 } });
    const client = await connectClient(port);
    for (const text of ['no', 'no', '{"type":"status"}', 'no', 'no', '{"type":"status"}']) {
      client.sendText(text);
      await client.next();
    }
    client.send(['no', 'no', 'no', propose]);
    assert.equal(await client.closeCode(), 1008);
    assert.equal(service.proposed.length, 0);
  });

  test('answers that are not read close the connection with 1013, and others go on', async () => {
    const { service, port } = await openDoor({ limits: { clientBacklogBytesMax: 1024 * 1024 } });
    service.ballast = 64 * 1024;
    const client = await connectClient(port);
    client.send(Array.from({ length: 64 }, () => propose));
    assert.equal(await client.closeCode(), 1013);
    const other = await connectClient(port);
    assert.equal((await other.ask({ ...propose, reply: 'none' })).type, 'committed');
  });
});
