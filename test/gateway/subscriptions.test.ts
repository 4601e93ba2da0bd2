import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { connectClient, openDoor, type Message, type TestClient } from './surroundings.ts';

const subscribe = { type: 'subscribe', id: '9', machine: 'order', key: '42' };

const indexes = (states: readonly Message[]): unknown[] => states.map(({ index }) => index);

async function take(client: TestClient, count: number): Promise<Message[]> {
  const states: Message[] = [];
  while (states.length < count) states.push(await client.next());
  return states;
}

describe('a subscription', () => {
  test('begins with the present state, then has each event once and in order', async () => {
    const { service, port } = await openDoor();
    service.apply('order', '42', { type: 'PAY' });
    const client = await connectClient(port);
    const present = await client.ask(subscribe);
    assert.deepEqual(present, {
      type: 'state',
      id: '9',
      machine: 'order',
      key: '42',
      index: 1,
      exists: true,
      snapshot: { status: 'active', value: 'pay', context: { ballast: '', count: 1 } },
    });
    service.apply('order', '42', { type: 'SHIP', to: 'Köln' });
    service.apply('order', '43', { type: 'PAY' });
    service.apply('order', '42', { type: 'CLOSE' });
    const [shipped, closed] = await take(client, 2);
    assert.deepEqual(shipped, {
      type: 'state',
      id: '9',
      machine: 'order',
      key: '42',
      index: 2,
      exists: true,
      snapshot: { status: 'active', value: 'ship', context: { ballast: '', count: 2 } },
      event: { type: 'SHIP', to: 'Köln' },
      accepted: true,
      emitted: [{ type: 'noted', index: 2 }],
    });
    assert.equal(closed?.index, 4);
  });

  test('to an instance that has not begun sees it begin', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const present = await client.ask(subscribe);
    assert.deepEqual([present.exists, present.snapshot], [false, null]);
    service.apply('order', '42', { type: 'PAY' });
    assert.deepEqual((await client.next()).event, { type: 'PAY' });
  });

  test('with afterIndex has the events after it, then live ones, and never an earlier one', async () => {
    const { service, port } = await openDoor();
    for (const type of ['A', 'B', 'C']) service.apply('order', '42', { type });
    const client = await connectClient(port);
    client.send({ ...subscribe, afterIndex: 1 });
    assert.deepEqual(indexes(await take(client, 2)), [2, 3]);
    service.apply('order', '42', { type: 'D' });
    const live = await client.next();
    assert.deepEqual([live.index, live.event], [4, { type: 'D' }]);
  });

  test('at a node that lags behind afterIndex waits for what is new to its client', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    client.send({ ...subscribe, afterIndex: 2 });
    await client.ask({ type: 'status' });
    for (const type of ['A', 'B', 'C']) service.apply('order', '42', { type });
    assert.equal((await client.next()).index, 3);
  });

  test('whose past is no longer kept begins with one state that says so', async () => {
    const { service, port } = await openDoor();
    for (const type of ['A', 'B', 'C', 'D']) service.apply('order', '42', { type });
    service.historyMax = 1;
    const client = await connectClient(port);
    const resync = await client.ask({ ...subscribe, afterIndex: 1 });
    assert.deepEqual([resync.resync, resync.index, resync.event], [true, 4, undefined]);
    service.apply('order', '42', { type: 'E' });
    const live = await client.next();
    assert.deepEqual([live.index, live.resync], [5, undefined]);
  });

  test('whose past is no longer kept but holds nothing that it missed goes on without a word', async () => {
    const { service, port } = await openDoor();
    service.apply('order', '42', { type: 'A' });
    for (const key of ['1', '2', '3']) service.apply('order', key, { type: 'A' });
    service.historyMax = 1;
    const client = await connectClient(port);
    client.send({ ...subscribe, afterIndex: 1 });
    assert.equal((await client.ask({ type: 'status' })).type, 'status');
    service.apply('order', '42', { type: 'B' });
    assert.equal((await client.next()).index, 5);
  });

  test('is shown at once where its instance stands under another definition of its machine', async () => {
    const { service, port } = await openDoor();
    service.apply('order', '42', { type: 'A' });
    const client = await connectClient(port);
    await client.ask(subscribe);
    const view = { status: 'active', value: 'elsewhere', context: {} } as const;
    service.upgrade('order', '42', view);
    const moved = await client.next();
    assert.deepEqual(moved, {
      type: 'state',
      id: '9',
      machine: 'order',
      key: '42',
      index: 2,
      exists: true,
      snapshot: view,
      resync: true,
    });
    service.apply('order', '42', { type: 'B' });
    const live = await client.next();
    assert.deepEqual([live.index, live.resync], [3, undefined]);
  });

  test('ends when it is told to', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    await client.ask(subscribe);
    const answer = await client.ask({ type: 'unsubscribe', id: '9' });
    assert.deepEqual(answer, { type: 'unsubscribed', id: '9' });
    assert.equal(service.watches, 0);
    service.apply('order', '42', { type: 'A' });
    assert.equal((await client.ask({ type: 'status' })).type, 'status');
  });

  test('ends with its connection', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    await client.ask(subscribe);
    assert.equal(service.watches, 1);
    const unwatched = service.unwatched();
    client.webSocket.close();
    await unwatched;
    assert.equal(service.watches, 0);
  });
});

describe('a subscription is refused', () => {
  test('under an id that is taken, and the one that has it goes on', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    await client.ask(subscribe);
    const refused = await client.ask({ ...subscribe, key: '43' });
    assert.deepEqual([refused.type, refused.id, refused.code], ['refused', '9', 'bad-request']);
    service.apply('order', '43', { type: 'A' });
    service.apply('order', '42', { type: 'A' });
    assert.equal((await client.next()).key, '42');
  });

  test('for a machine that nobody has', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    const refused = await client.ask({ ...subscribe, machine: 'nobody' });
    assert.deepEqual([refused.id, refused.code], ['9', 'unknown-machine']);
  });

  test('beyond as many as a connection may have', async () => {
    const { port } = await openDoor({ limits: { subscriptionsPerConnectionMax: 2 } });
    const client = await connectClient(port);
    await client.ask({ ...subscribe, id: 1 });
    await client.ask({ ...subscribe, id: '1' });
    assert.equal((await client.ask({ ...subscribe, id: 2 })).code, 'overloaded');
  });

  test('an end is, where there is nothing to end', async () => {
    const { port } = await openDoor();
    const client = await connectClient(port);
    const refused = await client.ask({ type: 'unsubscribe', id: '9' });
    assert.deepEqual([refused.type, refused.id, refused.code], ['refused', '9', 'bad-request']);
  });
});

test('many subscribers of one instance cost the node one watch, and each hears all', async () => {
  const { service, port } = await openDoor();
  const clients = await Promise.all(Array.from({ length: 20 }, () => connectClient(port)));
  for (const client of clients) await client.ask(subscribe);
  assert.equal(service.watches, 1);
  service.apply('order', '42', { type: 'A' });
  service.apply('order', '42', { type: 'B' });
  for (const client of clients) assert.deepEqual(indexes(await take(client, 2)), [1, 2]);
});

describe('a slow reader', () => {
  const limits = { subscriptionBacklogBytesMax: 128 * 1024 };
  const ballast = 32 * 1024;
  const eventsCount = 600; // 20 MB: more than the system's own buffers take.

  test('catches up from history, with every event once and in order', async () => {
    const { service, port } = await openDoor({ limits });
    service.ballast = ballast;
    const client = await connectClient(port);
    await client.ask(subscribe);
    client.webSocket.pause();
    for (let index = 1; index <= eventsCount; index += 1) {
      service.apply('order', '42', { type: `E${index}` });
      // Some turns of the event loop go by, so that what is sent is indeed on its way.
      if (index % 50 === 0) await (await connectClient(port)).ask({ type: 'status' });
    }
    client.webSocket.resume();
    const states = await take(client, eventsCount);
    assert.deepEqual(
      indexes(states),
      Array.from({ length: eventsCount }, (_, place) => place + 1),
    );
    service.apply('order', '42', { type: 'LAST' });
    assert.equal((await client.next()).index, eventsCount + 1);
  });

  test('that history does not wait for is resynced, and never goes back', async () => {
    const { service, port } = await openDoor({ limits });
    service.ballast = ballast;
    service.historyMax = 3;
    const client = await connectClient(port);
    await client.ask(subscribe);
    client.webSocket.pause();
    for (let index = 1; index <= eventsCount; index += 1) {
      service.apply('order', '42', { type: `E${index}` });
    }
    client.webSocket.resume();
    let seen = 0;
    let resyncs = 0;
    while (seen < eventsCount) {
      const { index, resync } = await client.next();
      assert.ok(Number(index) > seen);
      // A gap is announced, always.
      if (Number(index) > seen + 1) assert.equal(resync, true);
      if (resync === true) resyncs += 1;
      seen = Number(index);
    }
    assert.equal(seen, eventsCount);
    assert.ok(resyncs >= 1);
  });

  test('holds up nobody else, and its own answers least of all', async () => {
    const { service, port } = await openDoor({ limits });
    service.ballast = ballast;
    const slow = await connectClient(port);
    const quick = await connectClient(port);
    await slow.ask(subscribe);
    await quick.ask(subscribe);
    slow.webSocket.pause();
    for (let index = 1; index <= 100; index += 1) {
      service.apply('order', '42', { type: `E${index}` });
      assert.equal((await quick.next()).index, index);
    }
    slow.send({ type: 'status', id: 'mine' });
    slow.webSocket.resume();
    const heard: Message[] = [];
    while (!heard.some(({ type }) => type === 'status')) heard.push(await slow.next());
    while (heard.length < 101) heard.push(await slow.next());
    assert.deepEqual(
      indexes(heard.filter(({ type }) => type === 'state')),
      Array.from({ length: 100 }, (_, place) => place + 1),
    );
  });

  test('with more present states than there is room for gets all of them, in turn', async () => {
    const { service, port } = await openDoor({ limits });
    service.ballast = ballast;
    const keys = Array.from({ length: 40 }, (_, place) => `k${place}`);
    for (const key of keys) service.apply('order', key, { type: 'A' });
    const client = await connectClient(port);
    for (const key of keys) client.send({ ...subscribe, id: key, key });
    const states = await take(client, keys.length);
    assert.deepEqual(new Set(states.map(({ key }) => key)), new Set(keys));
  });
});
