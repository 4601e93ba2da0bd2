import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { connect, ConnectionLost, Unreachable } from '../../runtime/client/connection.ts';
import type { StateAnswer } from '../../runtime/client/messages.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { quiet } from '../world/quiet.ts';
import { scriptedNodes, type Script } from './scripted-nodes.ts';
import { committed, ofType, state } from './scripted-cluster.ts';

const instance = { machine: 'order', key: '42' } as const;
const subscription = { type: 'subscribe', ...instance, afterIndex: 3 } as const;
const question = { type: 'read', ...instance, consistency: 'local' } as const;
const proposal = {
  type: 'propose',
  ...instance,
  proposalId: 'p',
  event: { type: 'SHIP' },
  timeoutMs: 100,
} as const;

async function connected(script: Script) {
  const { dial, nodes } = scriptedNodes(script);
  const [node] = nodes;
  assert.ok(node);
  const clock = virtualClock();
  return { clock, node, connection: await connect(node.url, { dial, clock }) };
}

describe('an answer that is none loses the connection', () => {
  const { snapshot: _, ...withoutSnapshot } = state(5, 'paid');
  const wrong: Readonly<Record<string, object>> = {
    'a state without an index': state(undefined as never, 'paid'),
    'a state with an odd index': state(-1, 'paid'),
    'a state without a snapshot': withoutSnapshot,
    'a state that exists and has none': { ...state(5, 'paid'), snapshot: null },
    'a state with an odd status': state(5, 'paid', 0, { snapshot: { status: 'well', value: 'a' } }),
    'a state with odd emitted events': state(5, 'paid', 0, { emitted: ['paid'] }),
    'an answer to another question': {
      type: 'status',
      node: 'n1',
      role: 'leader',
      leader: 'n1',
      members: [],
    },
    'a kind that is not known': { type: 'dance' },
    'the names of what every object has': { type: '__proto__' },
    'a kind that is no text': { type: 7 },
    'a refusal without a code': { type: 'refused', message: 'no' },
  };
  for (const [what, answer] of Object.entries(wrong)) {
    test(`${what}, to a subscription and to a read`, async () => {
      const { connection, node } = await connected(({ type }) =>
        type === 'subscribe' ? answer : null,
      );
      const reading = connection.ask(question, 1_000);
      const heard: StateAnswer[] = [];
      const following = connection.subscribe(subscription, (each) => heard.push(each));
      await assert.rejects(following, ConnectionLost);
      await assert.rejects(reading, ConnectionLost);
      assert.deepEqual(heard, []);
      assert.equal(node.open(), 0);

      const again = await connected(() => answer);
      await assert.rejects(again.connection.ask(question, 1_000), ConnectionLost);
    });
  }

  test('a proposal that is answered without what it led to', async () => {
    for (const part of ['index', 'term', 'accepted', 'proposalId'] as const) {
      const { connection } = await connected((message) => ({
        ...committed(message, 7),
        [part]: undefined,
      }));
      await assert.rejects(connection.ask(proposal, 1_000), ConnectionLost, part);
    }
  });
});

test('fields and codes of a newer node are no offence', async () => {
  const { connection } = await connected(({ type }) =>
    type === 'read'
      ? state(5, 'paid', 0, { colour: 'red' })
      : { type: 'refused', code: 'too-colourful', message: 'no' },
  );
  assert.equal((await connection.ask(question, 1_000)).type, 'state');
  assert.equal((await connection.ask(proposal, 1_000)).type, 'refused');
});

describe('a subscription', () => {
  test('that its signal ends is unsubscribed, and hears nothing more', async () => {
    const { connection, node } = await connected(() => null);
    const stop = new AbortController();
    const heard: number[] = [];
    const following = connection.subscribe(
      subscription,
      ({ index }) => heard.push(index),
      stop.signal,
    );
    const [{ id } = { id: '' }] = ofType(node.heard, 'subscribe');
    node.callers[0]?.say({ id, ...state(4, 'paid') });
    await quiet();
    stop.abort();
    node.callers[0]?.say({ id, ...state(5, 'paid') });
    assert.equal(await following, null);
    await quiet();
    assert.deepEqual(heard, [4]);
    assert.deepEqual(ofType(node.heard, 'unsubscribe'), [{ type: 'unsubscribe', id }]);
    assert.equal(node.open(), 1);
  });

  test('that is aborted before it begins is never asked for', async () => {
    const { connection, node } = await connected(() => null);
    const signal = AbortSignal.abort();
    assert.equal(await connection.subscribe(subscription, () => {}, signal), null);
    assert.deepEqual(node.heard, []);
  });

  test('on a connection that is lost already fails at once: nothing was sent', async () => {
    const { connection } = await connected(() => null);
    connection.close();
    const following = connection.subscribe(subscription, () => {});
    await assert.rejects(following, Unreachable);
    await assert.rejects(connection.ask(proposal, 1_000), Unreachable);
  });
});

test('a connection that retires lets its subscriptions go, answers what was asked, and closes', async () => {
  const { connection, node } = await connected(() => null);
  const following = connection.subscribe(subscription, () => {});
  const asked = connection.ask(question, 1_000);
  connection.retire();
  await assert.rejects(following, ConnectionLost);
  assert.equal(node.open(), 1);
  const [{ id } = { id: '' }] = ofType(node.heard, 'read');
  node.callers[0]?.say({ id, ...state(9, 'paid') });
  const answer = await asked;
  assert.equal(answer.type === 'state' && answer.index, 9);
  assert.match(await connection.closed, /we turned to another/);
  assert.equal(node.open(), 0);
});

test('a connection that retires with nothing under way closes at once', async () => {
  const { connection, node } = await connected(() => null);
  connection.retire();
  assert.equal(node.open(), 0);
});
