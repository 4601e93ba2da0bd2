/** What strangers, mistakes and broken programs send to a real cluster; and the cluster serves on. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, test } from 'vitest';
import { WebSocket } from 'ws';
import { Cluster, eventually, type NodeProcess } from './cluster.ts';

let cluster: Cluster;
let node: NodeProcess;
let served = 0;

beforeAll(async () => {
  cluster = await Cluster.start();
  [node] = cluster.nodes as [NodeProcess];
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

type Answer = Readonly<{ type: string; code?: string; message?: string; index?: number }>;

const post = async (body: string, to = node): Promise<[number, Answer]> => {
  const response = await fetch(`http://127.0.0.1:${to.port}/v1/proposals`, {
    method: 'POST',
    body,
  });
  return [response.status, (await response.json()) as Answer];
};
const proposal = (fields: object): string =>
  JSON.stringify({ machine: 'ledger', key: 'a', event: { type: 'APPEND', value: 'x' }, ...fields });

/** The same three processes still take, commit and show an event, through every one of them. */
async function assertServesOn(): Promise<void> {
  for (const each of cluster.nodes) {
    served += 1;
    const value = `served ${served}`;
    const [status, answer] = await post(
      proposal({ key: 'alive', event: { type: 'APPEND', value } }),
      each,
    );
    assert.equal(status, 200, JSON.stringify(answer));
  }
  const { snapshot } = (await cluster.local(node, 'ledger', 'alive')) as {
    snapshot: { context: { values: string[] } };
  };
  assert.ok(snapshot.context.values.length >= served - 2);
}

function open(path: '/v1/client' | '/v1/peer', to = node): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${to.port}${path}`);
  socket.on('error', () => {});
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}
const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)));
const nextText = (socket: WebSocket): Promise<Answer> =>
  new Promise((resolve) =>
    socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()) as Answer)),
  );

test.each([
  ['no JSON', '{', 'bad-request'],
  ['an event that is no object', proposal({ event: 'APPEND' }), 'invalid-event'],
  ['an event without a type', proposal({ event: {} }), 'invalid-event'],
  [
    'an event of XState itself',
    proposal({ event: { type: 'xstate.done.actor.x' } }),
    'invalid-event',
  ],
  ['a key of a million characters', proposal({ key: 'k'.repeat(1_000_000) }), 'too-large'],
  [
    'an event that is too large',
    proposal({ event: { type: 'APPEND', value: 'v'.repeat(300_000) } }),
    'too-large',
  ],
  [
    'a body beyond every limit',
    proposal({ event: { type: 'A', v: 'v'.repeat(3_000_000) } }),
    'too-large',
  ],
  ['a machine that is not there', proposal({ machine: 'nobody' }), 'unknown-machine'],
  ['a proposal id that is none', proposal({ proposalId: '1' }), 'bad-request'],
] as const)('%s is refused with a code and a sentence', async (_, body, code) => {
  const [status, answer] = await post(body);
  assert.ok(status >= 400 && status < 500, `${status}`);
  assert.equal(answer.code, code, JSON.stringify(answer).slice(0, 300));
  assert.ok((answer.message ?? '').length > 10);
  await assertServesOn();
});

test('a client that talks nonsense is told so and may go on; one that shouts is cut off', async () => {
  const client = await open('/v1/client');
  for (const nonsense of ['hello?', '[]', '{"type":"dance","id":"1"}', '[[[]]]', 'null']) {
    client.send(nonsense);
    const answer = await nextText(client);
    assert.equal([answer].flat()[0]?.code, 'bad-request', nonsense);
  }
  client.send(JSON.stringify({ type: 'read', id: 'r', machine: 'ledger', key: 'a' }));
  assert.equal((await nextText(client)).type, 'state');
  client.send('x'.repeat(2_000_000));
  assert.equal(await closed(client), 1009);
  await assertServesOn();
});

const hello = (fields: object): string =>
  JSON.stringify({
    type: 'hello',
    protocol: 1,
    cluster: 'test',
    node: 'n2',
    to: 'n1',
    machines: {},
    version: 'x',
    ...fields,
  });

test.each([
  ['another version of the protocol', hello({ protocol: 99 }), 'peer-wrong-protocol'],
  ['another cluster', hello({ cluster: 'elsewhere' }), 'peer-wrong-cluster'],
  ['a node that nobody knows', hello({ node: 'n9' }), 'peer-unknown-node'],
  ['a node that calls itself by our name', hello({ node: 'n1' }), 'peer-unknown-node'],
  ['a node with other machines', hello({}), 'peer-machines-differ'],
  ['garbage', '\u0000\u0001', 'peer-garbage'],
] as const)('a peer of %s is refused, told why, and logged', async (_, greeting, code) => {
  const peer = await open('/v1/peer');
  const [told, end] = [nextText(peer), closed(peer)];
  peer.send(greeting);
  const refusal = await told;
  assert.equal(refusal.code, code);
  assert.ok((refusal.message ?? '').length > 20);
  assert.ok((await end) >= 4000);
  await eventually('the log to name the code', async () => node.log.includes(code));
  await assertServesOn();
});

test('bytes that are no HTTP, half frames and frames of garbage end their own connection alone', async () => {
  const raw = (bytes: Buffer | string): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(node.port, '127.0.0.1', () => socket.end(bytes));
      socket.on('error', () => {});
      socket.on('close', () => resolve()).resume();
    });
  await raw(randomBytes(4_096));
  await raw('GET /v1/client HTTP/1.1\r\nUpgrade: websocket\r\n');
  // A frame that announces 127 bytes and carries three.
  for (const path of ['/v1/client', '/v1/peer']) {
    await raw(
      Buffer.concat([
        Buffer.from(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        ),
        Buffer.from([0x82, 0xfd, 1, 2, 3]),
      ]),
    );
  }
  await assertServesOn();
});

test('ten thousand connections that never finish their handshake are bounded, and others get in', async () => {
  const sockets = new Set<ReturnType<typeof connect>>();
  let dropped = 0;
  for (let wave = 0; wave < 20; wave += 1) {
    await Promise.all(
      Array.from(
        { length: 500 },
        () =>
          new Promise<void>((resolve) => {
            const socket = connect(node.port, '127.0.0.1', () => {
              socket.write('GET /v1/client HTTP/1.1\r\n');
              resolve();
            });
            sockets.add(socket);
            socket.on('error', () => resolve());
            socket.on('close', () => {
              dropped += 1;
              sockets.delete(socket);
            });
          }),
      ),
    );
    // A connection that fetch kept alive may be dropped with the hoard; a new one gets in.
    await eventually(`service in wave ${wave}`, async () => {
      const [status] = await post(proposal({ key: 'flood' }));
      return status === 200;
    });
  }
  await eventually('the hoard to be dropped', async () => dropped > 9_000);
  for (const socket of sockets) socket.destroy();
  await assertServesOn();
}, 60_000);

test('a guard that throws ends its event as machine-error, the same on every node, and changes nothing', async () => {
  const poke = (throws: boolean): string =>
    JSON.stringify({ machine: 'moody', key: 'm', event: { type: 'POKE', throws } });
  assert.equal((await post(poke(false)))[0], 200);
  const [status, answer] = await post(poke(true));
  assert.equal(status, 422);
  assert.equal(answer.code, 'machine-error');
  assert.match(answer.message ?? '', /the guard has had enough/);
  await cluster.converged();
  const views = await Promise.all(cluster.nodes.map((each) => cluster.local(each, 'moody', 'm')));
  for (const view of views) assert.deepEqual(view, views[0]);
  assert.equal((views[0] as { snapshot: { value: string } }).snapshot.value, 'poked');
  await assertServesOn();
});

test('nothing of this has brought a process down', () => {
  for (const each of cluster.nodes) assert.notEqual(each.process, null, each.log.slice(-2_000));
});
