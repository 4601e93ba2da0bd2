import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { loneNode } from './lone-node.ts';

describe('an instance that is watched', () => {
  test('begins, moves and stays, each with the reason', async () => {
    const { viewer, send } = await loneNode();
    const actor = 'n1/instance/order/a/b';
    viewer.say({ type: 'watch', actor });
    const gone = await viewer.next('gone');
    expect(gone.reason).toMatch(/has not begun/);

    const began = viewer.next('actor');
    const added = viewer.next('step', ({ event }) => event.type === 'ADD');
    await send('a/b', { type: 'ADD', item: 'book', price: 10 });
    const { chart: name } = await began;
    const chart = viewer.chart(name ?? '');
    assert.equal(chart?.id, 'order');
    const open = chart.root.states.find((state) => state.key === 'open');
    const transitionOf = (event: string): string | undefined =>
      open?.transitions.find((transition) => transition.event === event)?.id;
    const first = await added;
    assert.deepEqual(first.explanation.microsteps, [
      { event: 'ADD', transitions: [transitionOf('ADD')] },
    ]);
    assert.deepEqual(first.context, { items: [{ item: 'book', price: 10 }], card: null });
    const [timer] = first.timers;
    assert.equal(timer?.event, 'xstate.after.3600000.order.open');
    assert.equal(timer.totalMs, 3_600_000);
    assert.ok(timer.remainingMs > 3_500_000 && timer.remainingMs <= 3_600_000);

    const refused = viewer.next('step', ({ event }) => event.type === 'PAY');
    await send('a/b', { type: 'PAY', amount: 1 });
    const stayed = await refused;
    assert.equal(stayed.value, 'open');
    assert.deepEqual(stayed.explanation.microsteps, []);
    assert.deepEqual(stayed.explanation.refusals, [
      { transition: transitionOf('PAY'), guard: 'isEnough' },
    ]);
    assert.equal(stayed.explanation.unmentioned, false);

    const unheard = viewer.next('step', ({ event }) => event.type === 'NONSENSE');
    await send('a/b', { type: 'NONSENSE' });
    assert.equal((await unheard).explanation.unmentioned, true);

    const paid = viewer.next('step', ({ event }) => event.type === 'PAY');
    const shipped = viewer.next('step', ({ value }) => value === 'shipped');
    await send('a/b', { type: 'PAY', amount: 10 });
    assert.deepEqual((await paid).active, ['order', 'order.paid']);
    const end = await shipped;
    assert.equal(end.status, 'done');
    assert.deepEqual(
      end.explanation.microsteps.map(({ event }) => event),
      ['xstate.done.actor.ship'],
    );
  });

  test('of whatever name is refused in a sentence', async () => {
    const { viewer } = await loneNode();
    for (const [actor, reason] of [
      ['n1/instance/nothing/1', /no machine "nothing"/],
      ['n1/instance/order', /no such actor/],
      ['n9/link/n1', /no node "n9"/],
      ['n1/proposal/x', /no such actor/],
    ] as const) {
      const gone = viewer.next('gone', (message) => message.actor === actor);
      viewer.say({ type: 'watch', actor });
      expect((await gone).reason).toMatch(reason);
    }
  });
});

describe('questions', () => {
  test('which instances there are, page by page', async () => {
    const { viewer, send } = await loneNode();
    for (const key of ['ann', 'bob', 'joanna']) await send(key, { type: 'CANCEL' });
    const first = await viewer.ask({ type: 'instances', machine: 'order', limit: 2 });
    assert.equal(first.count, 3);
    assert.deepEqual(
      first.instances.map(({ key, value, status }) => [key, value, status]),
      [
        ['ann', 'cancelled', 'done'],
        ['bob', 'cancelled', 'done'],
      ],
    );
    assert.equal(first.next, 'bob');
    const rest = await viewer.ask({ type: 'instances', machine: 'order', after: 'bob' });
    assert.deepEqual(
      rest.instances.map(({ key }) => key),
      ['joanna'],
    );
    assert.equal(rest.next, null);
    const found = await viewer.ask({ type: 'instances', machine: 'order', search: 'ann' });
    assert.deepEqual(
      found.instances.map(({ key }) => key),
      ['ann', 'joanna'],
    );
    const refusal = await viewer.askAnything({ type: 'instances', machine: 'nothing' });
    assert.equal(refusal.type, 'refused');
  });

  test('what the log holds, in words', async () => {
    const { viewer, send } = await loneNode();
    const index = await send('a', { type: 'ADD', item: 'book', price: 10 });
    const { entries, firstIndex } = await viewer.ask({ type: 'log' });
    assert.equal(firstIndex, 1);
    assert.equal(entries[0]?.kind, 'no-op');
    const entry = entries.find((each) => each.index === index);
    assert.deepEqual(
      [entry?.kind, entry?.what, entry?.machine, entry?.key, entry?.event],
      ['event', 'ADD', 'order', 'a', { type: 'ADD', item: 'book', price: 10 }],
    );
    const one = await viewer.ask({ type: 'log', from: index, limit: 1 });
    assert.deepEqual(
      one.entries.map((each) => each.index),
      [index],
    );
  });

  test('what an instance accepts now', async () => {
    const { viewer, send } = await loneNode();
    const newborn = await viewer.ask({ type: 'accepts', machine: 'order', key: 'a' });
    assert.equal(newborn.exists, false);
    await send('a', { type: 'ADD', item: 'book', price: 10 });
    const { events, exists } = await viewer.ask({ type: 'accepts', machine: 'order', key: 'a' });
    assert.equal(exists, true);
    assert.deepEqual(
      events.map(({ type, guards, wouldBeTaken }) => [type, guards, wouldBeTaken]),
      [
        ['ADD', [], true],
        ['NOTE', [], true],
        ['PAY', ['isEnough'], false],
        ['CANCEL', [], true],
      ],
    );
  });
});
