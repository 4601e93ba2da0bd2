import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { QuorateError } from '../../machines/protocol/errors.ts';
import type { NodeProcess, ProcessEnd } from '../../runtime/cli/cluster/node-process.ts';
import { Supervisor } from '../../runtime/cli/cluster/supervisor.ts';
import { virtualClock } from '../transport/virtual-clock.ts';

type FakeProcess = NodeProcess & {
  readonly signals: readonly string[];
  end(end: Partial<ProcessEnd>): Promise<void>;
};

function fakeProcess(pid: number): FakeProcess {
  const signals: string[] = [];
  let settle: (end: ProcessEnd) => void = () => {};
  const ended = new Promise<ProcessEnd>((resolve) => {
    settle = resolve;
  });
  return {
    pid,
    ended,
    signals,
    kill: (signal) => signals.push(signal),
    end: async (end) => {
      settle({ code: null, signal: null, fault: null, ...end });
      await nextTurn();
    },
  };
}

const nextTurn = () =>
  new Promise<void>((turn) => {
    setImmediate(turn);
  });

function supervised() {
  const clock = virtualClock();
  const processes: FakeProcess[] = [];
  const reports: string[] = [];
  const failures: QuorateError[] = [];
  let starting = true;
  let answering = false;
  const supervisor = new Supervisor({
    id: 'n1',
    clock,
    run: () => {
      const made = fakeProcess(100 + processes.length);
      processes.push(made);
      return made;
    },
    report: (line) => reports.push(line),
    answers: () => Promise.resolve(answering),
    isStarting: () => starting,
    failed: (error) => failures.push(error),
  });
  const last = (): FakeProcess => {
    const process = processes.at(-1);
    assert.ok(process);
    return process;
  };
  return {
    supervisor,
    clock,
    processes,
    reports,
    failures,
    last,
    up: () => (starting = false),
    answer: () => (answering = true),
  };
}

describe('a node that dies', () => {
  test('is reported and started again, a little later each time', async () => {
    const { clock, processes, reports, last } = supervised();
    for (const [attempt, delayMs] of [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000].entries()) {
      await last().end({ signal: 'SIGKILL' });
      assert.equal(reports.at(-1), `n1 died (signal SIGKILL); starting it again in ${delayMs} ms.`);
      clock.advance(delayMs - 1);
      assert.equal(processes.length, attempt + 1);
      clock.advance(1);
      assert.equal(processes.length, attempt + 2);
    }
  });

  test('after it had lived for long is started again soon', async () => {
    const { clock, reports, last } = supervised();
    await last().end({ code: 1 });
    clock.advance(250);
    clock.advance(10_001);
    await last().end({ code: 1 });
    assert.deepEqual(reports, [
      'n1 died (exit status 1); starting it again in 250 ms.',
      'n1 died (exit status 1); starting it again in 250 ms.',
    ]);
  });

  test('is reported when it is back', async () => {
    const { clock, reports, last, answer } = supervised();
    await last().end({ signal: 'SIGKILL' });
    clock.advance(250);
    await nextTurn();
    assert.equal(reports.length, 1);
    answer();
    clock.advance(200);
    await nextTurn();
    assert.deepEqual(reports.slice(1), ['n1 is back.']);
    clock.advance(60_000);
    await nextTurn();
    assert.equal(reports.length, 2);
  });

  test('again before it was back is not said to be', async () => {
    const { clock, reports, last, answer } = supervised();
    await last().end({ signal: 'SIGKILL' });
    clock.advance(250);
    await nextTurn();
    await last().end({ signal: 'SIGKILL' });
    answer();
    clock.advance(200);
    await nextTurn();
    assert.ok(!reports.includes('n1 is back.'));
  });

  test('has the process id of its latest process', async () => {
    const { supervisor, clock, last } = supervised();
    assert.equal(supervisor.pid, 100);
    await last().end({ code: 1 });
    clock.advance(250);
    assert.equal(supervisor.pid, 101);
  });
});

describe('a fault that no restart cures', () => {
  const fault = { code: 'port-in-use', message: '127.0.0.1:7101 is taken' } as const;

  test('ends the start', async () => {
    const { clock, processes, failures, reports, last } = supervised();
    await last().end({ code: 1, fault });
    clock.advance(60_000);
    assert.equal(failures[0]?.code, 'port-in-use');
    assert.equal(failures[0]?.message, 'n1: 127.0.0.1:7101 is taken');
    assert.equal(processes.length, 1);
    assert.deepEqual(reports, []);
  });

  test('keeps the node down once the cluster is up, and nobody else', async () => {
    const { clock, processes, failures, reports, last, up } = supervised();
    up();
    await last().end({ code: 1, fault: { code: 'storage-corrupt', message: 'segment 3' } });
    clock.advance(60_000);
    assert.deepEqual(failures, []);
    assert.equal(processes.length, 1);
    assert.match(reports[0] ?? '', /n1 stopped \(storage-corrupt: segment 3\); it stays down/);
  });

  test('is tried again once the cluster is up, where time may cure it', async () => {
    const { clock, processes, last, up } = supervised();
    up();
    await last().end({ code: 1, fault });
    clock.advance(250);
    assert.equal(processes.length, 2);
  });
});

describe('stopping', () => {
  test('asks first, and kills what does not go', async () => {
    const { supervisor, clock, processes, reports, last } = supervised();
    const stopped = supervisor.stop();
    assert.deepEqual(last().signals, ['SIGTERM']);
    clock.advance(5_999);
    assert.deepEqual(last().signals, ['SIGTERM']);
    clock.advance(1);
    assert.deepEqual(last().signals, ['SIGTERM', 'SIGKILL']);
    await last().end({ signal: 'SIGKILL' });
    await stopped;
    clock.advance(60_000);
    assert.equal(processes.length, 1);
    assert.deepEqual(reports, []);
  });

  test('starts nothing that was about to be started', async () => {
    const { supervisor, clock, processes, last } = supervised();
    await last().end({ code: 1 });
    await supervisor.stop();
    clock.advance(60_000);
    assert.equal(processes.length, 1);
  });
});
