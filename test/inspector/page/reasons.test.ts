import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createMachine } from 'xstate';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import { eventName } from '../../../runtime/inspector/page/model/event-names.ts';
import { reasonOf } from '../../../runtime/inspector/page/model/reasons.ts';

const chart = chartOf(
  createMachine({
    id: 'order',
    initial: 'open',
    states: {
      open: {
        on: {
          PAY: [{ guard: 'isEnough', target: 'paid' }, { actions: 'keep' }],
          LOOK: {},
          SHIP: { guard: 'isPaid', target: 'paid' },
        },
        after: { 1000: 'paid' },
      },
      paid: {},
    },
  }),
);
const [enough, keep, look, ship] = [0, 1, 2, 3].map((nth) => `order.open#${nth}`) as [
  string,
  string,
  string,
  string,
];

const step = (event: string, transitions: readonly string[]) =>
  transitions.length === 0 ? [] : [{ event, transitions }];

test('it moved', () => {
  const explanation = { microsteps: step('PAY', [enough]), refusals: [], unmentioned: false };
  const reason = reasonOf('PAY', explanation, chart);
  assert.equal(reason.kind, 'moved');
  assert.equal(reason.sentence, 'PAY: open → paid');
});

test('it acted and stayed, since a guard would not let it go', () => {
  const refusals = [{ transition: enough, guard: 'isEnough' }];
  const reason = reasonOf(
    'PAY',
    { microsteps: step('PAY', [keep]), refusals, unmentioned: false },
    chart,
  );
  assert.equal(reason.kind, 'stayed');
  assert.deepEqual(reason.refusals, ['isEnough said no in open, so not to paid']);
});

test('it did nothing: a guard said no', () => {
  const refusals = [{ transition: ship, guard: 'isPaid' }];
  const reason = reasonOf('SHIP', { microsteps: [], refusals, unmentioned: false }, chart);
  assert.equal(reason.kind, 'nothing');
  assert.equal(reason.sentence, 'SHIP did nothing: isPaid said no');
  assert.deepEqual(reason.refused, [ship]);
});

test('it did nothing: the state knows it, and ignores it', () => {
  const explanation = { microsteps: step('LOOK', [look]), refusals: [], unmentioned: false };
  const reason = reasonOf('LOOK', explanation, chart);
  assert.equal(reason.sentence, 'LOOK did nothing: the state knows it, and ignores it');
});

test('it did nothing: no state mentions it', () => {
  const explanation = { microsteps: [], refusals: [], unmentioned: true };
  const reason = reasonOf('DANCE', explanation, chart);
  assert.equal(reason.sentence, 'DANCE did nothing: no state that it was in mentions it');
});

test('a delay is called by its name, and not by that of XState’s timer', () => {
  assert.equal(eventName(chart, 'xstate.after.1000.order.open'), 'after 1000 ms (open)');
  assert.equal(eventName(chart, 'PAY'), 'PAY');
  assert.equal(eventName(null, 'PAY'), 'PAY');
});
