import assert from 'node:assert/strict';
import { test } from 'vitest';
import { fromCallback, fromObservable, fromPromise, type AnyActorLogic } from 'xstate';
import { toTerm } from '../../machines/protocol/ids.ts';
import type { CustomAction, Effect, Wish } from '../../machines/replica/pending.ts';
import { effectsOf } from '../../runtime/duties/effects.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import {
  fakeDesk,
  fakeLogger,
  invocationOf,
  nth,
  parentActor,
  pendingOf,
  settled,
  term,
} from './surroundings.ts';

function open() {
  const { desk, puts, types, refuseBy } = fakeDesk();
  const { logger, lines } = fakeLogger();
  const clock = virtualClock();
  const sent: unknown[] = [];
  let isRunning = true;
  const effects = effectsOf({
    parent: parentActor(),
    clock,
    logger,
    desk,
    sendTo: (machine, key, event) => void sent.push([`${machine}/${key}`, event]),
    isRunning: () => isRunning,
  });
  return {
    effects,
    clock,
    lines,
    sent,
    puts,
    types,
    refuseBy,
    lifecycle: (is: 'Running' | 'Stopped') => (isRunning = is === 'Running'),
    begin: (wish: Wish, changes: Partial<Effect> = {}) =>
      effects.pending(pendingOf(wish, changes), term),
    /** The only chore since the last time. */
    put: () => {
      const [one, ...more] = puts();
      assert.equal(more.length, 0, `one chore, and not also ${JSON.stringify(more)}`);
      assert.ok(one !== undefined, 'a chore');
      return one;
    },
  };
}

const said = (event: object, word = 1) => ({
  type: 'hear',
  machine: 'order',
  key: '42',
  effect: '7.0',
  term,
  word,
  said: event,
});

const resolved = (data: unknown) =>
  said({ to: 'itself', event: { type: 'xstate.promise.resolve', data } });

test('what a promise gives is put into the log', async () => {
  const { begin, put, puts, effects } = open();
  begin(
    invocationOf(
      fromPromise(async ({ input }) => `for ${input}`),
      'ann',
    ),
  );
  await settled();
  const { chore, end } = put();
  assert.deepEqual(chore, resolved('for ann'));
  end(true);
  effects.over('7.0');
  await settled();
  assert.deepEqual(puts(), []);
});

test('what it gives is put there until it is there', async () => {
  const { begin, put, puts, clock } = open();
  begin(invocationOf(fromPromise(async () => 'it')));
  await settled();
  for (let time = 0; time < 3; time += 1) {
    const { chore, end } = put();
    assert.deepEqual(chore, resolved('it'));
    end(false);
    assert.deepEqual(puts(), [], 'not at once: whoever has no room needs a pause');
    clock.advance(100);
  }
  put().end(true);
  clock.advance(1_000);
  assert.deepEqual(puts(), []);
});

test('a promise that nobody waits for any more is aborted, one that is done is not', async () => {
  const aborted: string[] = [];
  const { begin, effects, put } = open();
  const promise = (name: string, result: Promise<unknown>) =>
    fromPromise(({ signal }) => {
      signal.addEventListener('abort', () => aborted.push(name));
      return result;
    });
  begin(invocationOf(promise('endless', new Promise(() => {}))));
  begin({ ...invocationOf(promise('done', Promise.resolve())), session: 'x:2' }, { id: nth(1) });
  await settled();
  put().end(true);
  effects.over('7.0');
  effects.over(nth(1));
  assert.deepEqual(aborted, ['endless']);
});

test('a leader that leads no longer stops all of it, and says nothing more', async () => {
  const stopped: string[] = [];
  let sendBack = (_event: { type: string }): void => {};
  let give = (_value: unknown): void => {};
  const { begin, effects, puts, clock } = open();
  begin(
    invocationOf(
      fromCallback((surroundings) => {
        ({ sendBack } = surroundings);
        return () => void stopped.push('callback');
      }),
    ),
  );
  const promise = fromPromise(({ signal }) => {
    signal.addEventListener('abort', () => stopped.push('promise'));
    return new Promise((resolve) => (give = resolve));
  });
  begin({ ...invocationOf(promise), session: 'x:2' }, { id: nth(1) });
  assert.equal(effects.count(), 2);
  effects.abandon();
  assert.deepEqual(stopped, ['callback', 'promise']);
  assert.equal(effects.count(), 0);
  sendBack({ type: 'LATE' });
  give('late');
  await settled();
  clock.advance(1_000);
  assert.deepEqual(puts(), []);
});

test('what a callback says goes into the log one by one, in order', () => {
  const { begin, put, puts } = open();
  begin(
    invocationOf(
      fromCallback(({ sendBack }) => {
        // At once, while it is being begun.
        for (const type of ['ONE', 'TWO', 'THREE']) sendBack({ type });
      }),
    ),
  );
  for (const [place, type] of ['ONE', 'TWO', 'THREE'].entries()) {
    const { chore, end } = put();
    assert.deepEqual(chore, said({ to: 'parent', event: { type } }, place + 1));
    end(true);
  }
  assert.deepEqual(puts(), []);
});

test('a callback hears what the chart sends to it, in order, also what was sent before it began', () => {
  const heard: string[] = [];
  const { effects, begin, puts } = open();
  const listener = fromCallback(({ receive }) => receive(({ type }) => void heard.push(type)));
  const telling = (type: string): Wish => ({ kind: 'telling', session: 'x:1', event: { type } });
  // It must not begin before the log says that it may.
  begin(invocationOf(listener), { isOnce: true });
  begin(telling('ONE'), { id: nth(1) });
  begin(telling('TWO'), { id: nth(2) });
  assert.deepEqual(heard, []);
  effects.pending(pendingOf(invocationOf(listener), { isOnce: true, claimedIn: term }), term);
  begin(telling('THREE'), { id: nth(3) });
  assert.deepEqual(heard, ['ONE', 'TWO', 'THREE']);
  assert.deepEqual(
    puts().map(({ chore }) => chore),
    [
      { type: 'claim', machine: 'order', key: '42', effect: '7.0', term },
      ...[1, 2, 3].map((index) => ({
        type: 'done',
        machine: 'order',
        key: '42',
        effects: [nth(index)],
      })),
    ],
  );
});

test('what may be in the log and may not is put there again under the same number', () => {
  const { begin, put, clock } = open();
  begin(invocationOf(fromCallback(({ sendBack }) => sendBack({ type: 'ONE' }))));
  const first = put();
  first.end(false);
  clock.advance(100);
  assert.deepEqual(put().chore, first.chore);
});

test('what an observable says, and how it ends', () => {
  type Observer = {
    next: (value: unknown) => void;
    complete: () => void;
    error: (e: unknown) => void;
  };
  let observers: Observer[] = [];
  let subscriptions = 0;
  const observable = fromObservable(() => ({
    subscribe(observer: unknown) {
      observers.push(observer as Observer);
      subscriptions += 1;
      return { unsubscribe: () => void (subscriptions -= 1) };
    },
  })) as AnyActorLogic;
  const { begin, put, effects } = open();
  const told = (event: object, word: number) => said({ to: 'itself', event }, word);

  begin(invocationOf(observable));
  observers[0]?.next({ celsius: 20 });
  const first = put();
  assert.deepEqual(first.chore, told({ type: 'xstate.observable.next', data: { celsius: 20 } }, 1));
  first.end(true);
  observers[0]?.complete();
  assert.deepEqual(put().chore, told({ type: 'xstate.observable.complete' }, 2));
  effects.over('7.0');
  assert.equal(subscriptions, 0);

  observers = [];
  begin(invocationOf(observable), { id: '8.0' });
  const error = new RangeError('no more');
  observers[0]?.error(error);
  const failing = { ...told({ type: 'xstate.observable.error', data: error }, 3), effect: '8.0' };
  assert.deepEqual(put().chore, failing);
});

test('a promise that fails says so, and so does what cannot even begin', async () => {
  const { begin, puts } = open();
  const error = Object.assign(new Error('no'), { code: 'declined' });
  begin(invocationOf(fromPromise(() => Promise.reject(error))));
  const throwing = fromCallback(() => {
    throw error;
  });
  begin({ ...invocationOf(throwing), session: 'x:2' }, { id: nth(1) });
  const deaf = fromCallback(({ receive }) =>
    receive(() => {
      throw error;
    }),
  );
  begin({ ...invocationOf(deaf), session: 'x:3' }, { id: nth(2) });
  begin({ kind: 'telling', session: 'x:3', event: { type: 'HELLO' } }, { id: nth(3) });
  await settled();
  const chores = puts().map(({ chore }) => chore);
  assert.deepEqual(
    chores.filter(({ type }) => type === 'hear'),
    [
      { ...said({ to: 'failure', error }), effect: nth(1) },
      { ...said({ to: 'failure', error }, 2), effect: nth(2) },
      said({ to: 'itself', event: { type: 'xstate.promise.reject', data: error } }, 3),
    ],
  );
});

test('what must not happen twice waits until the log says that it is ours', () => {
  let runs = 0;
  const { begin, put, puts, effects, clock } = open();
  const wish = invocationOf(
    fromPromise(async () => {
      runs += 1;
    }),
  );
  begin(wish, { isOnce: true });
  const claim = { type: 'claim', machine: 'order', key: '42', effect: '7.0', term };
  const failing = put();
  assert.deepEqual(failing.chore, claim);
  failing.end(false);
  clock.advance(100);
  const claiming = put();
  assert.deepEqual(claiming.chore, claim);
  // Its end is no word of its: what it says may be under way by then.
  effects.pending(pendingOf(wish, { isOnce: true, claimedIn: term }), term);
  assert.equal(runs, 1);
  claiming.end(true);
  assert.deepEqual(puts(), []);
  effects.pending(pendingOf(wish, { isOnce: true, claimedIn: term }), term);
  assert.equal(runs, 1);
});

test('the end of a claim is not taken for the end of what was said since', () => {
  const { begin, put, puts, effects } = open();
  const wish = invocationOf(
    fromCallback(({ sendBack }) => {
      sendBack({ type: 'ONE' });
      sendBack({ type: 'TWO' });
    }),
  );
  begin(wish, { isOnce: true });
  const claiming = put();
  effects.pending(pendingOf(wish, { isOnce: true, claimedIn: term }), term);
  const one = put();
  claiming.end(true);
  assert.deepEqual(puts(), [], 'the first is not there yet');
  one.end(true);
  assert.deepEqual(put().chore, said({ to: 'parent', event: { type: 'TWO' } }, 2));
});

test('what an earlier leader may have begun is not begun again where that must not be', () => {
  let runs = 0;
  const { begin, put, lines } = open();
  const wish = invocationOf(
    fromPromise(async () => {
      runs += 1;
    }),
  );
  begin(wish, { isOnce: true, claimedIn: toTerm(3) });
  const { chore } = put();
  assert.equal(chore.type, 'hear');
  const { error } = (chore as { said: { error?: unknown } }).said;
  assert.equal((error as { code?: unknown }).code, 'effect-lost');

  begin(
    actionOf(() => (runs += 1)),
    { id: nth(1), isOnce: true, claimedIn: toTerm(3) },
  );
  assert.deepEqual(put().chore, { type: 'done', machine: 'order', key: '42', effects: [nth(1)] });
  assert.equal(runs, 0);
  assert.match(lines.join(), /mail/, 'it is skipped, which is logged');
});

const actionOf = (run: CustomAction['run'], name = 'mail'): CustomAction => ({
  kind: 'action',
  name,
  run,
  args: { context: { cents: 5 }, event: { type: 'PAY' } },
  params: { to: 'ann' },
});

test('a custom action gets what it had then, and is done when what it returns is settled', async () => {
  const { begin, put, puts, sent } = open();
  let finish = (): void => {};
  begin(
    actionOf((args, params) => {
      const { self, ...rest } = args as { self: { id: string; send: (event: object) => void } };
      assert.deepEqual(rest, { context: { cents: 5 }, event: { type: 'PAY' } });
      assert.deepEqual(params, { to: 'ann' });
      assert.equal(self.id, 'order/42');
      self.send({ type: 'MAILED' });
      return new Promise<void>((resolve) => (finish = resolve));
    }),
  );
  await settled();
  assert.deepEqual(sent, [['order/42', { type: 'MAILED' }]]);
  assert.deepEqual(puts(), []);
  finish();
  await settled();
  assert.deepEqual(put().chore, { type: 'done', machine: 'order', key: '42', effects: ['7.0'] });
});

test('a custom action that throws, or whose promise fails, is logged and counts as done', async () => {
  const { begin, types, lines } = open();
  begin(
    actionOf(() => {
      throw new Error('no');
    }, 'first'),
  );
  begin(
    actionOf(() => Promise.reject(new Error('no')), 'second'),
    { id: nth(1) },
  );
  await settled();
  assert.deepEqual(types(), ['done', 'done']);
  assert.match(lines[0] ?? '', /first/);
  assert.match(lines[1] ?? '', /second/);
});

test('custom actions begin in the order in which they were asked for, though some must wait', async () => {
  const acted: string[] = [];
  const { begin, effects, puts } = open();
  const first = actionOf(() => void acted.push('first'));
  begin(first, { isOnce: true });
  begin(
    actionOf(() => void acted.push('second')),
    { id: nth(1) },
  );
  effects.pending(
    {
      ...pendingOf(
        actionOf(() => void acted.push('of another')),
        { id: nth(2) },
      ),
      key: '43',
    },
    term,
  );
  await settled();
  assert.deepEqual(acted, ['of another']);
  puts();
  effects.pending(pendingOf(first, { isOnce: true, claimedIn: term }), term);
  assert.deepEqual(acted, ['of another', 'first', 'second']);
});

test('a custom action that is over before it may begin holds up nobody', () => {
  const acted: string[] = [];
  const { begin, effects } = open();
  begin(
    actionOf(() => void acted.push('first')),
    { isOnce: true },
  );
  begin(
    actionOf(() => void acted.push('second')),
    { id: nth(1) },
  );
  effects.over('7.0');
  assert.deepEqual(acted, ['second']);

  const other = open();
  other.begin(
    actionOf(() => void acted.push('third')),
    { isOnce: true },
  );
  other.begin(
    actionOf(() => void acted.push('fourth')),
    { id: nth(1) },
  );
  other.effects.abandon();
  assert.deepEqual(acted, ['second'], 'nothing begins where all are abandoned');
});

test('an event for another instance is put there until it has been its turn', () => {
  const { begin, put, puts, clock, effects } = open();
  begin({ kind: 'sending', machine: 'stock', key: '1', event: { type: 'RESERVE' } });
  const deliver = { type: 'deliver', machine: 'order', key: '42', effect: '7.0' };
  const first = put();
  assert.deepEqual(first.chore, deliver);
  first.end(true);
  clock.advance(100);
  put().end(false);
  clock.advance(100);
  const third = put();
  assert.deepEqual(third.chore, deliver);
  effects.over('7.0');
  third.end(true);
  clock.advance(1_000);
  assert.deepEqual(puts(), []);
});

test('while the cluster is not Running nothing is put there that would come to nothing', async () => {
  const { begin, puts, types, clock, lifecycle } = open();
  lifecycle('Stopped');
  begin(invocationOf(fromPromise(async () => 'it')));
  begin(
    { kind: 'sending', machine: 'stock', key: '1', event: { type: 'RESERVE' } },
    { id: nth(1) },
  );
  begin(
    actionOf(() => {}),
    { id: nth(2) },
  );
  await settled();
  clock.advance(10_000);
  assert.deepEqual(types(), ['done'], 'what was done was done');
  puts();
  lifecycle('Running');
  clock.advance(100);
  assert.deepEqual(types().toSorted(), ['deliver', 'hear']);
});

test('what is no data, or too much, ends the effect with an error that says so', async () => {
  const { begin, put, refuseBy, lines } = open();
  refuseBy((chore) => {
    if (chore.type === 'hear' && chore.said.to !== 'failure') throw new Error('it is a function');
  });
  begin(invocationOf(fromPromise(async () => () => {})));
  await settled();
  const { chore } = put();
  const { error } = (chore as { said: { error?: unknown } }).said;
  assert.match(String(error), /cannot be replicated: .*it is a function/);
  assert.equal(lines.length, 1);
});
