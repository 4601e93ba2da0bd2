import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { nodeId, toIndex } from '../../machines/protocol/ids.ts';
import { connectClient, openDoor } from './surroundings.ts';

const uuid = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe('the original message form', () => {
  const original = {
    sender_id: 999,
    message_type: 'Proposal',
    proposed_state: 'Running',
    proposal_id: uuid,
  };
  const said = (kind: string, state = 'Running') => ({
    sender_id: 'n1',
    message_type: kind,
    proposed_state: state,
    proposal_id: uuid,
  });

  test('is acknowledged when it is in flight and committed when a majority holds it', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    assert.deepEqual(await client.ask(original), said('Acknowledgment'));
    assert.deepEqual(await client.next(), said('Commit'));
    const { machine, key, event, proposalId } = service.proposed[0]?.request ?? {};
    assert.deepEqual([machine, key, event], ['lifecycle', 'cluster', { type: 'RUN' }]);
    assert.equal(proposalId, uuid);
  });

  test('says STOP for Stopped', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const answer = await client.ask({ ...original, proposed_state: 'Stopped' });
    assert.deepEqual(answer, said('Acknowledgment', 'Stopped'));
    assert.deepEqual(await client.next(), said('Commit', 'Stopped'));
    assert.deepEqual(service.proposed[0]?.request.event, { type: 'STOP' });
  });

  test('ends in Commit where the cluster is in that state already', async () => {
    const { service, port } = await openDoor();
    assert.equal(service.apply('lifecycle', 'cluster', { type: 'RUN' }).accepted, true);
    const client = await connectClient(port);
    assert.equal((await client.ask(original)).message_type, 'Acknowledgment');
    assert.equal((await client.next()).message_type, 'Commit');
  });

  test('never says Commit before it is known, nor twice, nor before Acknowledgment', async () => {
    const { service, port } = await openDoor();
    const committed = service.apply('lifecycle', 'cluster', { type: 'RUN' });
    service.outcome = 'never';
    const client = await connectClient(port);
    const proposed = service.nextProposal();
    client.send(original);
    await proposed;
    const [asked] = service.proposed;
    asked?.listener.inFlight?.();
    assert.equal((await client.next()).message_type, 'Acknowledgment');
    assert.equal((await client.ask({ type: 'status' })).type, 'status');
    asked?.listener.ended(committed);
    assert.equal((await client.next()).message_type, 'Commit');
    assert.equal((await client.ask({ type: 'status' })).type, 'status');
  });

  test('of a proposal that ended long ago is told both again', async () => {
    const { service, port } = await openDoor();
    const committed = service.apply('lifecycle', 'cluster', { type: 'RUN' });
    service.outcome = 'never';
    const client = await connectClient(port);
    const proposed = service.nextProposal();
    client.send(original);
    await proposed;
    service.proposed[0]?.listener.ended(committed);
    assert.equal((await client.next()).message_type, 'Acknowledgment');
    assert.equal((await client.next()).message_type, 'Commit');
  });

  test('is told of Commit by a retry so late that the state of that moment is no longer kept', async () => {
    const { service, port } = await openDoor();
    const outcome = service.apply('lifecycle', 'cluster', { type: 'RUN' });
    service.outcome = { ...outcome, accepted: false, view: null };
    const client = await connectClient(port);
    assert.equal((await client.ask(original)).message_type, 'Acknowledgment');
    assert.equal((await client.next()).message_type, 'Commit');
  });

  test('is refused for any other state, with its id in both spellings', async () => {
    const { service, port } = await openDoor();
    const client = await connectClient(port);
    const { message, ...answer } = await client.ask({ ...original, proposed_state: 'Init' });
    assert.deepEqual(answer, {
      type: 'refused',
      proposalId: uuid,
      proposal_id: uuid,
      code: 'invalid-event',
    });
    assert.match(String(message), /send "Running" or "Stopped"/);
    assert.equal(service.proposed.length, 0);
  });

  test.each([
    { end: 'refused', code: 'no-leader', message: 'nobody leads' } as const,
    { end: 'unknown', message: 'it may still happen' } as const,
  ])('that is $end never says Commit', async (outcome) => {
    const { service, port } = await openDoor();
    service.outcome = outcome;
    const client = await connectClient(port);
    const { end, ...rest } = outcome;
    assert.deepEqual(await client.ask(original), {
      type: end,
      ...rest,
      proposalId: uuid,
      proposal_id: uuid,
    });
  });

  test('that was committed and led elsewhere never says Commit either', async () => {
    const { service, port } = await openDoor();
    const outcome = service.apply('lifecycle', 'cluster', { type: 'STOP' });
    service.outcome = { ...outcome, accepted: false };
    const client = await connectClient(port);
    assert.equal((await client.ask(original)).message_type, 'Acknowledgment');
    const answer = await client.next();
    assert.deepEqual([answer.type, answer.code], ['refused', 'invalid-event']);
  });

  test('names the node it is said by', async () => {
    const { service, port } = await openDoor();
    service.statusChanges = { node: nodeId('n9'), lastIndex: toIndex(5) };
    const client = await connectClient(port);
    assert.equal((await client.ask(original)).sender_id, 'n9');
  });
});
