/** What becomes of a deadline while there is nobody to keep it. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createMachine } from 'xstate';
import { type MissedDeadlines, replicated } from '../../machines/replica/replicated.ts';
import { logOf, wasIdle } from './one-log.ts';

const order = createMachine({
  initial: 'open',
  states: { open: { on: { WAIT: 'waiting' } }, waiting: { after: { 1000: 'open' } } },
});

describe('while nobody led', () => {
  /** A deadline of 1,000 ms at 0; a leader is lost, and the next one comes so much later. */
  const afterDowntime = (missedDeadlines: MissedDeadlines | undefined, downMs: number) => {
    const log = logOf({
      order: missedDeadlines === undefined ? order : replicated(order, { missedDeadlines }),
    });
    log.lead(1, 50_000);
    log.send('order', 'WAIT');
    log.at(100);
    log.lead(1, 50_100);
    const last = log.lead(2, 50_100 + downMs);
    assert.ok(wasIdle(last));
    return log.replica.agenda.nextDueMs();
  };

  test('a deadline stood still, unless the machine wants it otherwise', () => {
    assert.equal(afterDowntime(undefined, 60_000), 1_000);
    assert.equal(afterDowntime('remaining', 60_000), 1_000);
  });

  test('it ran on, if it is to fire', () => {
    assert.equal(afterDowntime('fire', 300), 700);
    assert.equal(afterDowntime('fire', 60_000), -59_000);
  });

  test('it begins anew, if it is to restart and that was no mere election', () => {
    assert.equal(afterDowntime('restart', 9_999), 1_000);
    assert.equal(afterDowntime('restart', 10_000), 1_100);
  });

  test('a wall clock that went back is no time at all', () => {
    assert.equal(afterDowntime('fire', -5_000), 1_000);
  });

  test('clocks that differ count once, however often those who have them take turns', () => {
    for (const missedDeadlines of ['fire', 'restart'] as const) {
      const log = logOf({ order: replicated(order, { missedDeadlines }) });
      log.lead(1, 50_000);
      log.send('order', 'WAIT');
      for (let term = 2; term < 20; term += 2) {
        log.lead(term, 50_000 - 20_000);
        log.lead(term + 1, 50_000);
      }
      assert.equal(log.replica.agenda.nextDueMs(), 1_000);
    }
  });

  test('what passes meanwhile is seen when somebody leads whose clock is not behind', () => {
    const log = logOf({ order: replicated(order, { missedDeadlines: 'fire' }) });
    log.lead(1, 50_000);
    log.send('order', 'WAIT');
    log.lead(2, 49_000);
    log.lead(3, 50_300);
    assert.equal(log.replica.agenda.nextDueMs(), 700);
  });

  test('a clock that is set back while its owner leads makes the next one no later', () => {
    const log = logOf({ order: replicated(order, { missedDeadlines: 'fire' }) });
    log.lead(1, 50_000);
    log.send('order', 'WAIT');
    log.lead(1, 20_000);
    log.lead(2, 50_300);
    assert.equal(log.replica.agenda.nextDueMs(), 700);
  });

  test('a clock that was behind and is set right hides no downtime', () => {
    const log = logOf({ order: replicated(order, { missedDeadlines: 'fire' }) });
    log.lead(1, 50_000);
    log.send('order', 'WAIT');
    log.lead(2, 0);
    log.lead(2, 50_000);
    log.lead(3, 50_300);
    assert.equal(log.replica.agenda.nextDueMs(), 700);
  });
});
