import assert from 'node:assert/strict';
import { test } from 'vitest';
import { proposeAsSimulatedClient } from '../../runtime/cli/start/simulated-client.ts';
import { fakeNode, nobody, type Behaviour, type Heard } from './fake-node.ts';
import { hastyClock } from './hasty-clock.ts';

const inOriginalForm: Behaviour = (message) =>
  ['Acknowledgment', 'Commit'].map((kind) => ({
    ...message,
    sender_id: 'n2',
    message_type: kind,
  }));

async function talk(urls: readonly string[], clock = hastyClock()) {
  const transcript: string[] = [];
  const note = (message: object) => {
    const { sender_id: sender, message_type: kind } = message as Heard;
    transcript.push(`${String(sender)} ${String(kind)}`);
  };
  const commit = await proposeAsSimulatedClient(urls, 'Running', {
    clock,
    deadlineMs: 10_000,
    said: note,
    heard: note,
  });
  return { commit, transcript };
}

test('the simulated client proposes in the original form and hears both answers', async () => {
  const node = await fakeNode(inOriginalForm);
  const { commit, transcript } = await talk([node.url]);
  assert.deepEqual(transcript, ['999 Proposal', 'n2 Acknowledgment', 'n2 Commit']);
  assert.equal(commit.proposed_state, 'Running');
  assert.deepEqual(Object.keys(node.heard[0] ?? {}).toSorted(), [
    'message_type',
    'proposal_id',
    'proposed_state',
    'sender_id',
  ]);
});

test('it tries the next node under the same id until there is a Commit', async () => {
  const refusing = await fakeNode(() => ({ type: 'refused', code: 'no-leader', message: 'none' }));
  const dropping = await fakeNode(() => 'hang up');
  const garbling = await fakeNode((_, socket) => {
    socket.send('{');
    return 'silence';
  });
  const node = await fakeNode(inOriginalForm);
  await talk([await nobody(), refusing.url, dropping.url, garbling.url, node.url]);
  const ids = [refusing, dropping, garbling, node].map(({ heard }) => heard[0]?.proposal_id);
  assert.equal(new Set(ids).size, 1);
  assert.equal(typeof ids[0], 'string');
});

test('it gives up when its time is up', async () => {
  const refusing = await fakeNode(() => ({ type: 'refused', code: 'no-leader', message: 'none' }));
  await assert.rejects(talk([refusing.url]), {
    code: 'outcome-unknown',
    message: /no Commit \(.*: none\)/,
  });
});
