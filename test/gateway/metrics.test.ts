import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { connectClient, openDoor } from './surroundings.ts';

const propose = { type: 'propose', id: '7', machine: 'order', key: '42', event: { type: 'PAY' } };

/** Every sample by its name and labels. */
async function scrape(http: string): Promise<Map<string, number>> {
  const response = await fetch(`${http}/metrics`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('GET /metrics', () => {
  test('gives the state of the node as it is now', async () => {
    const { service, http } = await openDoor();
    service.apply('order', '42', { type: 'PAY' });
    const leading = await scrape(http);
    assert.equal(leading.get('quorate_info{node="n1",cluster="test",version="0.0.0"}'), 1);
    assert.equal(leading.get('quorate_is_leader'), 1);
    assert.equal(leading.get('quorate_has_leader'), 1);
    assert.equal(leading.get('quorate_term'), 3);
    assert.equal(leading.get('quorate_commit_index'), 1);
    assert.equal(leading.get('quorate_applied_index'), 1);
    assert.equal(leading.get('quorate_ready'), 1);
    assert.equal(leading.get('quorate_role{role="leader"}'), 1);
    assert.equal(leading.get('quorate_member_reachable{member="n1"}'), 1);
    assert.equal(leading.get('quorate_member_reachable{member="n2"}'), 0);
    assert.equal(leading.get('quorate_member_match_index{member="n1"}'), 4);
    assert.ok(!leading.has('quorate_member_match_index{member="n2"}'));

    service.statusChanges = { role: 'follower', leader: null, members: [] };
    service.reason = 'catching up';
    const following = await scrape(http);
    assert.equal(following.get('quorate_is_leader'), 0);
    assert.equal(following.get('quorate_has_leader'), 0);
    assert.equal(following.get('quorate_ready'), 0);
    assert.ok(!following.has('quorate_role{role="leader"}'));
    assert.ok(!following.has('quorate_member_reachable{member="n1"}'));
  });

  test('counts what clients said and how their proposals ended, each once, at every scrape', async () => {
    const { service, port, http } = await openDoor();
    const client = await connectClient(port);
    await client.ask({ type: 'subscribe', id: 1, machine: 'order', key: '43' });
    await client.ask(propose);
    await client.ask({ type: 'read', machine: 'order', key: '42' });
    await client.ask({ type: 'nonsense' });
    await fetch(`${http}/v1/proposals`, { method: 'POST', body: '{' });
    service.outcome = { end: 'unknown', message: 'who knows' };
    const body = JSON.stringify({ ...propose });
    await fetch(`${http}/v1/proposals`, { method: 'POST', body });
    for (const round of [1, 2]) {
      const samples = await scrape(http);
      assert.equal(samples.get('quorate_client_connections'), 1, `round ${round}`);
      assert.equal(samples.get('quorate_client_messages_total'), 6);
      assert.equal(samples.get('quorate_client_bad_messages_total'), 2);
      assert.equal(samples.get('quorate_reads_total'), 1);
      assert.equal(samples.get('quorate_states_sent_total'), 1);
      assert.equal(samples.get('quorate_proposals_ended_total{end="committed"}'), 1);
      assert.equal(samples.get('quorate_proposals_ended_total{end="refused"}'), 0);
      assert.equal(samples.get('quorate_proposals_ended_total{end="unknown"}'), 1);
    }
  });

  test('tells of the process, and of each door apart from every other', async () => {
    const first = await openDoor();
    const second = await openDoor();
    await (await connectClient(first.port)).ask(propose);
    const samples = await scrape(second.http);
    assert.equal(samples.get('quorate_client_messages_total'), 0);
    assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 0);
    assert.ok([...samples.keys()].some((name) => name.startsWith('nodejs_eventloop_lag')));
  });
});
