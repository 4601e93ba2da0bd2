import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { propose, type ProposalRequest } from '../../runtime/client/propose.ts';
import { dialWebSocket as dial } from '../../runtime/client/dial-ws.ts';
import { rotate } from '../../runtime/client/rotation.ts';
import { fakeNode, nobody, type Behaviour } from './fake-node.ts';
import { hastyClock } from './hasty-clock.ts';

const request: ProposalRequest = {
  machine: 'order',
  key: '42',
  event: { type: 'PAY' },
  timeoutMs: 5_000,
};
const committed: Behaviour = ({ proposalId }) => ({
  type: 'committed',
  proposalId,
  index: 12,
  term: 3,
  accepted: true,
});
const refusing =
  (code: string): Behaviour =>
  ({ proposalId }) => ({ type: 'refused', proposalId, code, message: `it is ${code}` });
const unknown: Behaviour = ({ proposalId }) => ({
  type: 'unknown',
  proposalId,
  message: 'who knows',
});
/** The last of these goes on for ever. */
const inTurn = (...behaviours: readonly Behaviour[]): Behaviour => {
  let turn = 0;
  return (message, socket) => {
    const behave = behaviours[Math.min(turn, behaviours.length - 1)] ?? (() => 'silence' as const);
    turn += 1;
    return behave(message, socket);
  };
};

const proposing = async (urls: readonly string[], changes: Partial<ProposalRequest> = {}) => {
  const clock = hastyClock();
  const rotation = rotate({ urls, clock, dial });
  try {
    return await propose(rotation, { ...request, ...changes });
  } finally {
    rotation.close();
  }
};

describe('a proposal', () => {
  test('is sent as the protocol says, and its answer comes back without the request id', async () => {
    const node = await fakeNode(committed);
    const proposalId = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
    const answer = await proposing([node.url], { proposalId, input: { a: 1 } });
    const end = { type: 'committed', proposalId, index: 12, term: 3, accepted: true };
    assert.deepEqual(answer, end);
    assert.deepEqual(node.heard, [
      {
        type: 'propose',
        id: '1',
        proposalId,
        machine: 'order',
        key: '42',
        event: { type: 'PAY' },
        input: { a: 1 },
        timeoutMs: 2_000,
      },
    ]);
  });

  test('goes to the next node when one cannot be reached', async () => {
    const node = await fakeNode(committed);
    assert.equal((await proposing([await nobody(), node.url])).type, 'committed');
  });

  for (const [what, first] of Object.entries<Behaviour>({
    'the connection is lost': () => 'hang up',
    'its outcome is unknown': unknown,
    'there is no leader': refusing('no-leader'),
    'the node is shutting down': refusing('shutting-down'),
    'the node is overloaded': refusing('overloaded'),
  })) {
    test(`is sent again under the same id, to another node, when ${what}`, async () => {
      const one = await fakeNode(first);
      const other = await fakeNode(committed);
      assert.equal((await proposing([one.url, other.url])).type, 'committed');
      assert.equal(one.heard.length, 1);
      assert.equal(other.heard.length, 1);
      assert.equal(one.heard[0]?.proposalId, other.heard[0]?.proposalId);
    });
  }

  test('is taken to another node when one does not answer at all', async () => {
    const clock = hastyClock();
    const silent = await fakeNode(() => {
      setImmediate(() => clock.runOut());
      return 'silence';
    });
    const other = await fakeNode(committed);
    const rotation = rotate({ urls: [silent.url, other.url], clock, dial });
    assert.equal((await propose(rotation, request)).type, 'committed');
    rotation.close();
  });

  for (const code of ['not-running', 'unknown-machine', 'invalid-event', 'machine-error']) {
    test(`that is refused as ${code} is not sent again`, async () => {
      const node = await fakeNode(refusing(code));
      const answer = await proposing([node.url]);
      assert.equal(answer.type === 'refused' && answer.code, code);
      assert.equal(node.heard.length, 1);
    });
  }

  test('that nobody took in time is refused with the last reason', async () => {
    const node = await fakeNode(refusing('no-leader'));
    const answer = await proposing([node.url]);
    assert.equal(answer.type === 'refused' && answer.code, 'no-leader');
    assert.ok(node.heard.length > 1);
  });

  test('that may have happened ends unknown, whatever is refused after that', async () => {
    for (const later of ['no-leader', 'not-running', 'overloaded']) {
      const node = await fakeNode(inTurn(() => 'hang up', refusing(later)));
      const answer = await proposing([node.url]);
      assert.equal(answer.type, 'unknown', later);
      assert.equal(answer.proposalId, node.heard[0]?.proposalId);
    }
  });

  test('that may have happened ends with one sentence, and how to learn what became of it', async () => {
    for (const [end, why] of [
      [unknown, 'no answer in time'],
      [() => 'hang up', 'the connection was closed'],
    ] satisfies readonly (readonly [Behaviour, string])[]) {
      const node = await fakeNode(end);
      const answer = await proposing([node.url]);
      const { host } = new URL(node.url);
      assert.equal(
        'message' in answer && answer.message,
        `${host}: ${why}: it may or may not be applied; ` +
          `send it again under the same proposal id, ${answer.proposalId}, to learn which.`,
      );
    }
  });

  test('that may have happened is refused when the log itself refused it', async () => {
    const node = await fakeNode(inTurn(unknown, refusing('machine-error')));
    assert.equal((await proposing([node.url])).type, 'refused');
  });

  test('that was never sent fails with the reason of each node', async () => {
    const urls = [await nobody(), await nobody()];
    await assert.rejects(proposing(urls), {
      code: 'cluster-unreachable',
      message: /ECONNREFUSED.*; .*ECONNREFUSED/,
    });
  });
});
