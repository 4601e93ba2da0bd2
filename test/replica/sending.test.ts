/** Events from one instance to another. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assign, createMachine, emit, setup, type AnyStateMachine } from 'xstate';
import type { EffectId } from '../../machines/protocol/chore.ts';
import { sendToInstance } from '../../machines/replica/sending.ts';
import { logOf, wasIdle } from './one-log.ts';

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

  test('hold no code, and none of the actors of the sender', () => {
    const worker = createMachine({});
    const holder = setup({ actors: { worker } }).createMachine({
      context: ({ spawn }) => ({ ref: spawn('worker', { id: 'worker' }) }),
      on: {
        CODE: {
          actions: sendToInstance({ machine: 'x', key: '1' }, {
            type: 'X',
            run: () => {},
          } as never),
        },
        ACTOR: {
          actions: sendToInstance({ machine: 'x', key: '1' }, ({ context }) => ({
            type: 'X',
            ref: context.ref,
          })),
        },
        INPUT: {
          actions: sendToInstance(
            { machine: 'x', key: '1', input: ({ context }: { context: unknown }) => context },
            { type: 'X' },
          ),
        },
      },
    });
    const { send, replica } = logOf({ holder });
    for (const type of ['CODE', 'ACTOR', 'INPUT']) {
      const { outcome } = send('holder', type);
      assert.ok(outcome.end === 'refused' && outcome.code === 'machine-error', type);
      assert.match(outcome.message, /what it sends is no data/);
    }
    assert.equal(replica.agenda.effects.size, 0);
  });

  test('share nothing with the sender', () => {
    const list: string[] = [];
    const holder = createMachine({
      context: { list },
      on: {
        SEND: {
          actions: sendToInstance({ machine: 'keeper', key: '1' }, ({ context }) => ({
            type: 'KEEP',
            list: context.list,
          })),
        },
      },
    });
    const keeper = createMachine({
      context: { list: [] },
      on: { KEEP: { actions: assign({ list: ({ event }) => event.list }) } },
    });
    const { send, attend, view } = logOf({ holder, keeper });
    send('holder', 'SEND');
    attend({ type: 'deliver', machine: 'holder', key: '1', effect: '2.0' });
    list.push('changed in place');
    assert.deepEqual(view('1', 'keeper').context, { list: [] });
  });
});
