import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createActor } from 'xstate';
import { cpuMicros } from '../../runtime/cli/bench/cpu.ts';
import { drive } from '../../runtime/cli/bench/driver.ts';
import { benchMachine, eventOf, type DriverReport } from '../../runtime/cli/bench/load.ts';
import { machines } from '../../runtime/cli/bench/machines.ts';
import { benchReport, surroundings } from '../../runtime/cli/bench/report.ts';
import { checkReplicable } from '../../machines/replica/replicable.ts';
import { fakeNode, type Behaviour, type Heard } from './fake-node.ts';
import { hastyClock } from './hasty-clock.ts';

test('an event is of exactly the size asked for', () => {
  for (const bytes of [32, 100, 4_096]) {
    assert.equal(JSON.stringify(eventOf(bytes)).length, bytes);
  }
});

test('the register counts and keeps what is written, and can be replicated', () => {
  const { register } = machines;
  assert.ok(benchMachine in machines);
  assert.deepEqual(checkReplicable(benchMachine, register), []);
  const actor = createActor(register).start();
  actor.send({ type: 'WRITE', value: 'a' });
  actor.send({ type: 'WRITE', value: 'b' });
  assert.deepEqual(actor.getSnapshot().context, { writes: 2, value: 'b' });
});

describe('the clients', () => {
  const load = { clients: 5, warmupMs: 40, measureMs: 400, eventBytes: 64 };
  const commit = ({ proposalId }: Heard) =>
    ({ type: 'committed', proposalId, accepted: true, index: 1, term: 1 }) as const;
  const committed: Behaviour = commit;

  test('have one proposal under way each, on a connection each, under an id of its own', async () => {
    let underWay = 0;
    let most = 0;
    const node = await fakeNode((message, socket) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        socket.send(JSON.stringify({ ...commit(message), id: message.id }));
      });
      return 'silence';
    });
    const reports: DriverReport['type'][] = [];
    const measured = await drive({ ...load, urls: [node.url] }, realPauses(), ({ type }) =>
      reports.push(type),
    );
    assert.deepEqual(reports, ['measuring', 'measured']);
    assert.equal(node.connections(), 5);
    assert.ok(most <= 5, `${most} under way at once`);
    assert.equal(new Set(node.heard.map(({ proposalId }) => proposalId)).size, node.heard.length);
    assert.equal(measured.failed, 0);
    assert.ok(measured.committed <= node.heard.length);
  });

  test('are spread over the addresses', async () => {
    const nodes = [await fakeNode(committed), await fakeNode(committed)];
    await drive({ ...load, urls: nodes.map(({ url }) => url) }, hastyClock(), () => {});
    assert.deepEqual(
      nodes.map(({ connections }) => connections()),
      [3, 2],
    );
  });

  test('count as failed whatever is not committed and accepted', async () => {
    const notAccepted: Behaviour = (message) => ({ ...commit(message), accepted: false });
    const refused: Behaviour = () => ({ type: 'refused', code: 'overloaded', message: 'later' });
    const cases: readonly (readonly [Behaviour, code: string])[] = [
      [notAccepted, 'internal'],
      [refused, 'overloaded'],
      [() => ({ type: 'unknown', message: 'who knows' }), 'outcome-unknown'],
      [() => 'hang up', 'outcome-unknown'],
    ];
    for (const [behave, code] of cases) {
      const node = await fakeNode(behave);
      const measured = await drive({ ...load, urls: [node.url] }, hastyClock(), () => {});
      assert.ok(measured.failed > 0);
      assert.equal(measured.committed, 0);
      assert.equal(measured.firstFailure?.code, code);
    }
  });
});

/** Pauses that last, since the clients must get to work in between. */
function realPauses() {
  const clock = hastyClock();
  return { ...clock, setTimeout: (ring: () => void, ms: number) => setTimeout(ring, ms / 10) };
}

test(
  'what processes have cost is known where the system tells',
  { skip: process.platform !== 'linux' },
  () => {
    const cost = cpuMicros([process.pid]);
    assert.ok(cost !== null && cost > 0);
    const { user, system } = process.cpuUsage();
    assert.ok(Math.abs(cost - user - system) < 200_000);
    assert.equal(cpuMicros([process.pid, undefined]), null);
    assert.equal(cpuMicros([2 ** 30]), null);
  },
);

test('the report says what it must be read with', () => {
  const around = surroundings({
    cluster: '3 nodes, flushes on',
    clientsConnectTo: 'the leader',
    eventBytes: 100,
  });
  const run = {
    clients: 64,
    committed: 50_000,
    elapsedMs: 5_000,
    committedPerSecond: 10_000,
    p50Ms: 6.123,
    p99Ms: 9,
    p999Ms: 12.5,
    serverCpuUsPerEvent: null,
    failed: 0,
    firstFailure: null,
  };
  const report = benchReport(around, [run], false);
  assert.match(report, /^quorate \d.*, node v\d+.*, xstate 5\./);
  assert.match(report, /load average before/);
  assert.match(report, /flushes on, clients connect to the leader, events of 100 bytes/);
  assert.match(report, /^ +64 +10000 +6\.12 +9\.00 +12\.50 +n\/a +0$/m);
});
