/** What leaders put into the log on behalf of the machines, as every replica applies it. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assign, createMachine, emit, fromPromise, setup, type AnyStateMachine } from 'xstate';
import type { Chore, EffectId } from '../../machines/protocol/chore.ts';
import { nodeId, proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { createReplica } from '../../machines/replica/replica.ts';
import {
  type Definition,
  type MissedDeadlines,
  replicated,
} from '../../machines/replica/replicated.ts';
import { sendToInstance } from '../../machines/replica/sending.ts';

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

/** A log, and a replica that it is fed to. */
function logOf(machines: Readonly<Record<string, Definition>>) {
  const replica = createReplica({ machines });
  let index = 0;
  let term = 1;
  let timeMs = 0;
  const entry = () => {
    index += 1;
    const payload = new Uint8Array();
    return {
      index: toIndex(index),
      term: toTerm(term),
      kind: 'command',
      timeMs,
      seed: 0,
      payload,
    } as const;
  };
  const send = (machine: string, type: string, key = '1') =>
    replica.apply(entry(), {
      proposalId: proposalId(`p${index}`),
      machine,
      key,
      event: { type },
      since: toIndex(index),
    });
  const attend = (chore: Chore) => replica.attend(entry(), chore);
  const lead = (of: number, wallMs = 0, node = 'n1') => {
    term = of;
    return attend({ type: 'tick', node: nodeId(node), term: toTerm(of), wallMs });
  };
  const fire = (timer: number, key = '1', machine = 'order') =>
    attend({ type: 'fire', machine, key, timer });
  const at = (ms: number) => {
    timeMs = ms;
  };
  const pending = (machine = 'order', key = '1') => {
    const instance = replica.instance(machine, key);
    assert.ok(instance !== undefined);
    return instance.pending;
  };
  const effect = (name: string): EffectId => {
    const found = [...replica.agenda.effects.values()].find(
      ({ effect: { wish } }) =>
        (wish.kind === 'invocation' || wish.kind === 'action') && wish.name === name,
    );
    assert.ok(found !== undefined, `"${name}" is pending`);
    return found.effect.id;
  };
  const view = (key = '1', machine = 'order') => {
    const reading = replica.read(machine, key);
    assert.ok(reading !== 'unknown-machine' && reading.view !== null);
    return reading.view;
  };
  send('lifecycle', 'RUN', 'cluster');
  return { replica, send, attend, lead, fire, at, pending, effect, view };
}

const orders = () => logOf({ order });
const wasIdle = ({ outcome, happened }: ReturnType<ReturnType<typeof logOf>['attend']>) =>
  outcome.end === 'committed' && !outcome.accepted && happened === null;

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
  const hear = (log: ReturnType<typeof orders>, term: number, said?: object) =>
    log.attend({
      type: 'hear',
      machine: 'order',
      key: '1',
      effect: log.effect('charge'),
      term: toTerm(term),
      said: { to: 'itself', event: { type: 'xstate.promise.resolve', data: 5 } as never, ...said },
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
    const chore = { type: 'hear', machine: 'order', key: '1', term: toTerm(1), said } as const;
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
      wasIdle(log.attend({ type: 'hear', machine: 'order', key: '1', effect, term, said })),
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
      said: { to: 'failure', error: 'effect-lost' },
    });
    assert.deepEqual(log.view().context, { got: 'effect-lost' });
    assert.equal(log.view().value, 'open');
  });
});

describe('events from one instance to another', () => {
  const sender = createMachine({
    on: {
      SEND: { actions: [to('a', 'ONE'), to('b', 'ONE'), to('a', 'TWO')] },
      'SEND.self': { actions: sendToInstance({ machine: 'sender', key: '1' }, { type: 'GOT' }) },
      'SEND.nowhere': { actions: sendToInstance({ machine: 'nothing', key: '1' }, { type: 'X' }) },
      'SEND.broken': { actions: to('a', 'BREAK') },
      'SEND.cluster': {
        actions: sendToInstance({ machine: 'lifecycle', key: 'cluster' }, { type: 'STOP' }),
      },
      END: '.over',
      GOT: { actions: emit({ type: 'GOT' }) },
    },
    initial: 'on',
    states: { on: {}, over: { type: 'final', entry: to('a', 'LAST') } },
  });
  function to(key: string, type: string) {
    return sendToInstance({ machine: 'receiver', key, input: { from: 'sender' } }, { type });
  }
  const receiver = createMachine({
    context: ({ input }: { input: unknown }) => ({ got: [] as string[], input }),
    on: {
      BREAK: {
        actions: assign(() => {
          throw new Error('boom');
        }),
      },
      '*': {
        actions: assign({ got: ({ context, event }) => [...context.got, event.type] }),
      },
    },
  }) as AnyStateMachine;
  const post = () => {
    const log = logOf({ sender, receiver });
    const deliver = (effect: string) =>
      log.attend({ type: 'deliver', machine: 'sender', key: '1', effect: effect as EffectId });
    const got = (key: string) =>
      log.replica.instance('receiver', key) === undefined
        ? null
        : (log.view(key, 'receiver').context as { got: string[] }).got;
    return { ...log, deliver, got };
  };

  test('arrive once, and begin the other one where they are its first', () => {
    const { send, deliver, got, view } = post();
    send('sender', 'SEND');
    assert.equal(got('a'), null);
    const { happened } = deliver('2.0');
    assert.deepEqual(happened, { machine: 'receiver', key: 'a', event: { type: 'ONE' } });
    assert.deepEqual(view('a', 'receiver').context, { got: ['ONE'], input: { from: 'sender' } });
    assert.ok(wasIdle(deliver('2.0')));
    assert.deepEqual(got('a'), ['ONE']);
  });

  test('arrive in the order in which they were sent, at each of the others by itself', () => {
    const { send, deliver, got } = post();
    send('sender', 'SEND');
    assert.ok(wasIdle(deliver('2.2')), 'there is an earlier one on its way');
    deliver('2.1');
    deliver('2.0');
    deliver('2.2');
    assert.deepEqual([got('a'), got('b')], [['ONE', 'TWO'], ['ONE']]);
  });

  test('wait while the cluster is not Running', () => {
    const { send, deliver, got } = post();
    send('sender', 'SEND');
    send('lifecycle', 'STOP', 'cluster');
    assert.ok(wasIdle(deliver('2.0')));
    send('lifecycle', 'RUN', 'cluster');
    deliver('2.0');
    assert.deepEqual(got('a'), ['ONE']);
  });

  test('that an instance sent in the end arrive after it', () => {
    const { send, deliver, got } = post();
    send('sender', 'END');
    deliver('2.0');
    assert.deepEqual(got('a'), ['LAST']);
  });

  test('may go to itself', () => {
    const { send, deliver } = post();
    send('sender', 'SEND.self');
    const { outcome } = deliver('2.0');
    assert.ok(outcome.end === 'committed' && outcome.accepted);
    assert.deepEqual(outcome.emitted, [{ type: 'GOT' }]);
  });

  test('that nobody can take are dropped, with a word, and do not hold up the next', () => {
    const { send, deliver, got, pending } = post();
    send('sender', 'SEND.nowhere');
    const nowhere = deliver('2.0').outcome;
    assert.ok(nowhere.end === 'refused' && nowhere.code === 'unknown-machine');
    send('sender', 'SEND.broken');
    const broken = deliver('4.0');
    assert.ok(broken.outcome.end === 'refused' && broken.outcome.code === 'machine-error');
    assert.match(broken.failure?.message ?? '', /receiver\/a is dropped: .*boom$/);
    send('sender', 'SEND');
    deliver('6.0');
    assert.deepEqual(got('a'), ['ONE']);
    assert.equal(pending('sender').effects.length, 2);
  });

  test('do not reach the cluster’s own machine', () => {
    const { send, deliver, replica } = post();
    send('sender', 'SEND.cluster');
    assert.equal(deliver('2.0').outcome.end, 'refused');
    assert.equal(replica.lifecycle, 'Running');
    assert.equal(replica.agenda.effects.size, 0);
  });

  test('that are no events are refused to the sender', () => {
    const wrong = createMachine({
      on: {
        NONE: { actions: sendToInstance({ machine: 'x', key: '1' }, (() => 'word') as never) },
        INNER: { actions: sendToInstance({ machine: 'x', key: '1' }, { type: 'xstate.stop' }) },
      },
    });
    const { send, replica } = logOf({ wrong });
    for (const type of ['NONE', 'INNER']) {
      const { outcome } = send('wrong', type);
      assert.ok(outcome.end === 'refused' && outcome.code === 'machine-error');
    }
    assert.equal(replica.agenda.effects.size, 0);
  });
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
