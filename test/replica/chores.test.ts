/** What leaders put into the log on behalf of the machines, as every replica applies it. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assign, emit, fromPromise, setup } from 'xstate';
import { nodeId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { replicated } from '../../machines/replica/replicated.ts';
import { logOf, wasIdle } from './one-log.ts';

const never = fromPromise(() => new Promise(() => {}));

const order = setup({ actors: { charge: never }, actions: { ring: () => {} } }).createMachine({
  context: { got: null },
  initial: 'open',
  states: {
    open: { on: { PAY: 'paying', WAIT: 'waiting', BREAK: 'breaking' } },
    paying: {
      entry: 'ring',
      invoke: {
        src: 'charge',
        id: 'payment',
        onDone: { target: 'paid', actions: assign({ got: ({ event }) => event.output }) },
        onError: { target: 'open', actions: assign({ got: ({ event }) => event.error }) },
      },
      on: { CANCEL: 'open' },
    },
    waiting: { after: { 1000: 'late' }, on: { CANCEL: 'open' } },
    breaking: {
      after: {
        10: {
          actions: assign(() => {
            throw new Error('boom');
          }),
        },
      },
    },
    late: { entry: emit({ type: 'WAS_LATE' }) },
    paid: {},
  },
});

const orders = () => logOf({ order });

describe('a deadline', () => {
  test('fires when an entry of its time says so, and everybody sees it', () => {
    const { send, at, fire, view, replica } = orders();
    send('order', 'WAIT');
    assert.equal(replica.agenda.nextDueMs(), 1_000);
    at(1_000);
    const { outcome, happened } = fire(0);
    assert.ok(outcome.end === 'committed' && outcome.accepted);
    assert.deepEqual(outcome.emitted, [{ type: 'WAS_LATE' }]);
    assert.equal(happened?.event.type, 'xstate.after.1000.(machine).waiting');
    assert.equal(view().value, 'late');
    assert.equal(replica.agenda.nextDueMs(), null);
    const since = replica.since('order', '1', toIndex(2));
    assert.ok(since !== 'unknown-machine' && since.type === 'events');
    assert.equal(since.events.length, 1);
  });

  test('does not fire early, whatever its proposer believed', () => {
    const { send, at, fire, view } = orders();
    send('order', 'WAIT');
    at(999.9);
    assert.ok(wasIdle(fire(0)));
    assert.equal(view().value, 'waiting');
  });

  test('fires once', () => {
    const { send, at, fire } = orders();
    send('order', 'WAIT');
    at(1_000);
    fire(0);
    assert.ok(wasIdle(fire(0)));
  });

  test('that was called off, or of an instance or a machine that is not, fires nothing', () => {
    const { send, at, fire, view } = orders();
    send('order', 'WAIT');
    send('order', 'CANCEL');
    at(5_000);
    for (const chore of [
      () => fire(0),
      () => fire(7),
      () => fire(0, '2'),
      () => fire(0, '1', 'x'),
    ]) {
      assert.ok(wasIdle(chore()));
    }
    assert.equal(view().value, 'open');
  });

  test('waits while the cluster is not Running', () => {
    const { send, at, fire, view } = orders();
    send('order', 'WAIT');
    at(1_000);
    send('lifecycle', 'STOP', 'cluster');
    assert.ok(wasIdle(fire(0)));
    send('lifecycle', 'RUN', 'cluster');
    fire(0);
    assert.equal(view().value, 'late');
  });

  test('on which the machine throws breaks the instance, which is told', () => {
    const { send, at, fire, view } = orders();
    send('order', 'BREAK');
    at(10);
    const { outcome, failure } = fire(0);
    assert.ok(outcome.end === 'committed' && outcome.accepted);
    assert.equal(failure?.message, 'boom');
    const { status, value, error } = view();
    assert.deepEqual(
      [status, value, error],
      ['error', 'breaking', { name: 'Error', message: 'boom' }],
    );
    const next = send('order', 'WAIT').outcome;
    assert.ok(next.end === 'committed' && !next.accepted);
  });
});

describe('an effect', () => {
  const hear = (log: ReturnType<typeof orders>, term: number, word = 1) =>
    log.attend({
      type: 'hear',
      machine: 'order',
      key: '1',
      effect: log.effect('charge'),
      term: toTerm(term),
      word,
      said: { to: 'itself', event: { type: 'xstate.promise.resolve', data: 5 } as never },
    });

  test('is heard from the leader in whose reign the log is', () => {
    const log = orders();
    log.lead(1);
    log.send('order', 'PAY');
    hear(log, 1);
    assert.equal(log.view().value, 'paid');
    assert.deepEqual(log.view().context, { got: 5 });
  });

  test('is not heard from one that is fenced off, nor before it has told that it reigns', () => {
    const log = orders();
    log.send('order', 'PAY');
    assert.ok(wasIdle(hear(log, 1)), 'nobody reigns yet');
    log.lead(2);
    assert.ok(wasIdle(hear(log, 1)));
    assert.ok(wasIdle(hear(log, 3)));
    assert.equal(log.view().value, 'paying');
    hear(log, 2);
    assert.equal(log.view().value, 'paid');
  });

  test('is not heard twice, nor when nobody waits for it any more', () => {
    const log = orders();
    log.lead(1);
    log.send('order', 'PAY');
    const effect = log.effect('charge');
    log.send('order', 'CANCEL');
    const said = { to: 'itself', event: { type: 'xstate.promise.resolve', data: 5 } } as const;
    const chore = {
      type: 'hear',
      machine: 'order',
      key: '1',
      term: toTerm(1),
      word: 1,
      said,
    } as const;
    assert.ok(wasIdle(log.attend({ ...chore, effect })));
    assert.ok(wasIdle(log.attend({ ...chore, effect: '99.0' })));
    assert.ok(wasIdle(log.attend({ ...chore, effect, key: 'nobody' })));
    assert.ok(wasIdle(log.attend({ ...chore, effect, machine: 'nothing' })));
    assert.equal(log.view().value, 'open');
  });

  test('that is an action has nothing to say', () => {
    const log = orders();
    log.lead(1);
    log.send('order', 'PAY');
    const said = { to: 'parent', event: { type: 'CANCEL' } } as const;
    const effect = log.effect('ring');
    const term = toTerm(1);
    assert.ok(
      wasIdle(
        log.attend({ type: 'hear', machine: 'order', key: '1', effect, term, word: 1, said }),
      ),
    );
    assert.equal(log.view().value, 'paying');
  });

  test('is done when that is in the log, from whoever did it', () => {
    const log = orders();
    log.lead(1);
    log.send('order', 'PAY');
    const effects = [log.effect('ring'), '77.7'] as const;
    assert.ok(wasIdle(log.attend({ type: 'done', machine: 'order', key: '1', effects })));
    assert.equal(log.pending().effects.length, 1);
    assert.equal(log.replica.agenda.effects.size, 1);
  });

  test('that must not be begun twice is claimed once, by the leader that reigns', () => {
    const log = logOf({ order: replicated(order, { effects: { charge: 'at-most-once' } }) });
    log.lead(3);
    log.send('order', 'PAY');
    const effect = log.effect('charge');
    const claim = (term: number) =>
      log.attend({ type: 'claim', machine: 'order', key: '1', effect, term: toTerm(term) });
    const claimed = () => log.replica.agenda.effects.get(effect)?.effect.claimedIn;
    claim(2);
    assert.equal(claimed(), null);
    claim(3);
    assert.equal(claimed(), 3);
    log.lead(4);
    claim(4);
    assert.equal(claimed(), 3, 'nobody knows whether it was begun');
    log.attend({
      type: 'hear',
      machine: 'order',
      key: '1',
      effect,
      term: toTerm(4),
      word: 1,
      said: { to: 'failure', error: 'effect-lost' },
    });
    assert.deepEqual(log.view().context, { got: 'effect-lost' });
    assert.equal(log.view().value, 'open');
  });
});

describe('a reign', () => {
  test('is that of the last leader that ticked', () => {
    const { replica, lead } = orders();
    assert.deepEqual([replica.reign.node, replica.reign.term], [null, null]);
    lead(1);
    lead(3, 0, 'n2');
    assert.deepEqual([replica.reign.node, replica.reign.term], ['n2', 3]);
  });

  test('is not opened by the tick of an earlier leader that a later one has brought', () => {
    const { replica, lead, attend } = orders();
    lead(3, 0, 'n2');
    attend({ type: 'tick', node: nodeId('n1'), term: toTerm(2), wallMs: 0 });
    assert.deepEqual([replica.reign.node, replica.reign.term], ['n2', 3]);
  });
});
