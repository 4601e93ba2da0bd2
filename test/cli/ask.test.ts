import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { connect, ConnectionLost, Unreachable } from '../../runtime/client/connection.ts';
import { read } from '../../runtime/client/read.ts';
import { realClock } from '../../runtime/clock.ts';
import { dialWebSocket as dial } from '../../runtime/client/dial-ws.ts';
import { rotate } from '../../runtime/client/rotation.ts';
import { askStatus } from '../../runtime/client/status.ts';
import { watch } from '../../runtime/client/watch.ts';
import { fakeNode, nobody, type Behaviour, type Heard } from './fake-node.ts';
import { hastyClock } from './hasty-clock.ts';

const state = (index: number, more: object = {}) => ({
  type: 'state',
  machine: 'order',
  key: '42',
  index,
  exists: true,
  snapshot: { status: 'active', value: 'paid', context: {} },
  ...more,
});
const question = {
  machine: 'order',
  key: '42',
  consistency: 'linearizable',
  timeoutMs: 5_000,
} as const;

describe('a read', () => {
  test('is asked of the next node when one has no leader', async () => {
    const one = await fakeNode(() => ({ type: 'refused', code: 'no-leader', message: 'none' }));
    const other = await fakeNode(() => state(7));
    const rotation = rotate({ urls: [one.url, other.url], clock: hastyClock(), dial });
    assert.deepEqual(await read(rotation, question), state(7));
    rotation.close();
    const { timeoutMs: _, ...asked } = question;
    assert.deepEqual(other.heard, [{ type: 'read', id: '1', ...asked }]);
  });

  describe('that no leader vouches for is refused with no-leader', () => {
    const says = {
      code: 'no-leader',
      message: /^127\.0\.0\.1:\d+ was reached, .* within 5000 ms: a majority .*--consistency local/,
    };
    const noLeader: Behaviour = () => ({ type: 'refused', code: 'no-leader', message: 'none' });

    test('when a node says so', async () => {
      const node = await fakeNode(noLeader);
      const rotation = rotate({ urls: [await nobody(), node.url], clock: hastyClock(), dial });
      await assert.rejects(read(rotation, question), says);
      rotation.close();
    });

    test('when a node is silent until the time is up', async () => {
      const clock = hastyClock();
      const node = await fakeNode(() => {
        setImmediate(() => clock.runOut());
        return 'silence';
      });
      const rotation = rotate({ urls: [node.url, await nobody()], clock, dial });
      await assert.rejects(read(rotation, question), says);
      rotation.close();
    });
  });

  test('of an unknown machine fails at once, with the code', async () => {
    const node = await fakeNode(() => ({ type: 'refused', code: 'unknown-machine', message: 'x' }));
    const rotation = rotate({ urls: [node.url], clock: hastyClock(), dial });
    await assert.rejects(read(rotation, question), { code: 'unknown-machine' });
    assert.equal(node.heard.length, 1);
    rotation.close();
  });
});

describe('a connection', () => {
  test('matches answers to requests, also in one frame and in another order', async () => {
    const asked: Heard[] = [];
    const node = await fakeNode((message, socket) => {
      asked.push(message);
      if (asked.length === 2) {
        const answers = asked.map(({ id, key }) => ({ ...state(Number(key)), id }));
        socket.send(JSON.stringify(answers.toReversed()));
      }
      return 'silence';
    });
    const connection = await connect(node.url, { dial, clock: realClock });
    const ask = (key: string) =>
      connection.ask({ type: 'read', machine: 'order', key, consistency: 'local' }, 5_000);
    const [first, second] = await Promise.all([ask('1'), ask('2')]);
    connection.close();
    assert.equal(first.type === 'state' && first.index, 1);
    assert.equal(second.type === 'state' && second.index, 2);
  });

  test('that carries anything but the protocol is given up', async () => {
    for (const garbage of ['{', 'null', '[1]', '"x"']) {
      const node = await fakeNode((_, socket) => {
        socket.send(garbage);
        return 'silence';
      });
      const connection = await connect(node.url, { dial, clock: realClock });
      await assert.rejects(connection.ask({ type: 'status' }, 5_000), ConnectionLost, garbage);
    }
  });

  test('that is closed lets nobody wait, then or later', async () => {
    const node = await fakeNode(() => 'silence');
    const connection = await connect(node.url, { dial, clock: realClock });
    const asked = connection.ask({ type: 'status' }, 5_000);
    connection.close();
    await assert.rejects(asked, ConnectionLost);
    await assert.rejects(connection.ask({ type: 'status' }, 5_000), Unreachable);
  });
});

describe('status', () => {
  test('is what the node says, without the words of the connection', async () => {
    const status = { node: 'n1', role: 'leader', leader: 'n1', members: [] };
    const node = await fakeNode(() => ({ type: 'status', ...status }));
    const report = await askStatus(node.url);
    assert.deepEqual(report, { url: node.url, status });
  });

  test('of a node that is not there says why', async () => {
    const report = await askStatus(await nobody());
    assert.ok(report.status === null && report.why.includes('ECONNREFUSED'));
  });
});

describe('watching', () => {
  const pay = { event: { type: 'PAY' } };

  test('begins after what a linearizable read has seen', async () => {
    const stop = new AbortController();
    const node = await fakeNode(({ type }) => (type === 'read' ? state(7) : state(9, pay)));
    const seen: number[] = [];
    await watch(
      rotate({ urls: [node.url], clock: hastyClock(), dial }),
      { machine: 'order', key: '42', afterIndex: null },
      {
        seen: ({ index }) => {
          seen.push(index);
          stop.abort();
        },
        interrupted: () => {},
        signal: stop.signal,
      },
    );
    assert.deepEqual(seen, [9]);
    assert.equal(node.heard[0]?.consistency, 'linearizable');
    assert.equal(node.heard[1]?.afterIndex, 7);
  });

  test('goes on after the last event it has seen, on another node', async () => {
    const stop = new AbortController();
    const one = await fakeNode((_, socket) => {
      socket.once('pong', () => socket.terminate());
      socket.ping();
      return [state(3, pay), state(5, pay)];
    });
    const other = await fakeNode(() => state(6, pay));
    const seen: number[] = [];
    const interruptions: string[] = [];
    await watch(
      rotate({ urls: [one.url, other.url], clock: hastyClock(), dial }),
      { machine: 'order', key: '42', afterIndex: 2 },
      {
        seen: ({ index }) => {
          seen.push(index);
          if (index === 6) stop.abort();
        },
        interrupted: (why) => interruptions.push(why),
        signal: stop.signal,
      },
    );
    assert.deepEqual(seen, [3, 5, 6]);
    assert.equal(one.heard[0]?.afterIndex, 2);
    assert.equal(other.heard[0]?.afterIndex, 5);
    assert.equal(interruptions.length, 1);
  });

  test('of a machine that nobody knows fails', async () => {
    const node = await fakeNode(() => ({ type: 'refused', code: 'unknown-machine', message: 'x' }));
    const watching = watch(
      rotate({ urls: [node.url], clock: hastyClock(), dial }),
      { machine: 'order', key: '42', afterIndex: 0 },
      { seen: () => {}, interrupted: () => {}, signal: new AbortController().signal },
    );
    await assert.rejects(watching, { code: 'unknown-machine' });
  });

  test('notices a connection that is only half there', async () => {
    const clock = hastyClock();
    const stop = new AbortController();
    const half = await fakeNode((_, socket) => {
      // A pong would be a sign of life.
      socket.pause();
      setImmediate(() => clock.runOut());
      setImmediate(() => setImmediate(() => clock.runOut()));
      return 'silence';
    });
    const other = await fakeNode(() => state(6, pay));
    await watch(
      rotate({ urls: [half.url, other.url], clock, dial }),
      { machine: 'order', key: '42', afterIndex: 2 },
      { seen: () => stop.abort(), interrupted: () => {}, signal: stop.signal },
    );
    assert.equal(other.heard.length, 1);
  });
});
