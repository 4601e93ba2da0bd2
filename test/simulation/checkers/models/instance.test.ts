import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assign, setup } from 'xstate';
import type { MachineEvent } from '../../../../machines/protocol/entry.ts';
import type { HistoryEvent } from '../history.ts';
import { checkLinearizable } from '../linearizable.ts';
import { accountMachine } from '../simulated-objects.ts';
import { type InstanceInput, instanceModel, type InstanceOutput } from './instance.ts';

type Event = HistoryEvent<InstanceInput, InstanceOutput>;

const model = instanceModel(accountMachine);
const verdictOn = (...history: Event[]) => checkLinearizable(model, history);
const isLegal = (...history: Event[]) => assert.equal(verdictOn(...history).verdict, 'legal');
const isIllegal = (...history: Event[]) => assert.equal(verdictOn(...history).verdict, 'illegal');

const put = (amount: number): MachineEvent => ({ type: 'PUT', amount });
const take = (amount: number): MachineEvent => ({ type: 'TAKE', amount });
const freeze: MachineEvent = { type: 'FREEZE' };

const view = (balance: number, value = 'open') =>
  ({ status: 'active', value, context: { balance, owner: null } }) as const;

const call = (client: string, event: MachineEvent, input?: unknown): Event => ({
  type: 'call',
  client,
  input: { op: 'propose', key: '1', event, input },
});
const told = (client: string, output: InstanceOutput): Event => ({
  type: 'return',
  client,
  output,
});
const proposed = (event: MachineEvent, balance: number): Event[] => [
  call('a', event),
  told('a', { accepted: true, view: view(balance) }),
];
const saw = (seen: InstanceOutput['view']): Event[] => [
  { type: 'call', client: 'z', input: { op: 'read', key: '1' } },
  told('z', { view: seen }),
];

describe('an instance of a replicated machine', () => {
  test('is not there before its first event', () => {
    isLegal(...saw(null), ...proposed(put(2), 2), ...saw(view(2)));
    isIllegal(...proposed(put(2), 2), ...saw(null));
    isIllegal(...saw(view(0)));
  });

  test('begins with the input of whoever is first', () => {
    const of = (owner: string) => ({ accepted: true, view: owned(owner) });
    const owned = (owner: string) => ({ ...view(2), context: { balance: 2, owner } });
    const both = [call('a', put(1), { owner: 'ann' }), call('b', put(1), { owner: 'bob' })];
    const late = told('b', { accepted: true, view: null });
    isLegal(...both, told('a', of('bob')), late, ...saw(owned('bob')));
    isIllegal(...both, told('a', of('bob')), late, ...saw(owned('ann')));
  });

  test('takes an event once', () => {
    isLegal(...proposed(put(2), 2), ...proposed(put(2), 4), ...saw(view(4)));
    isIllegal(...proposed(put(2), 2), ...saw(view(4)));
    isIllegal(...proposed(put(2), 2), ...proposed(put(2), 2));
  });

  test('does not accept what its guards forbid, and whoever asked was told', () => {
    const tooMuch = (accepted: boolean) => [
      ...proposed(put(2), 2),
      call('b', take(3)),
      told('b', { accepted, view: view(2) }),
    ];
    isLegal(...tooMuch(false));
    isIllegal(...tooMuch(true));
  });

  test('may take an event of unknown end late, or never', () => {
    const given: Event[] = [
      ...proposed(put(2), 2),
      call('b', freeze),
      { type: 'unknown', client: 'b' },
    ];
    isLegal(...given, ...saw(view(2)), ...saw(view(2, 'frozen')));
    isLegal(...given, ...proposed(put(1), 3), ...proposed(put(1), 4));
    isIllegal(...given, ...saw(view(2, 'frozen')), ...saw(view(2)));
  });

  test('never takes a refused event', () => {
    const given: Event[] = [
      ...proposed(put(2), 2),
      call('b', freeze),
      { type: 'refused', client: 'b' },
    ];
    isLegal(...given, ...saw(view(2)));
    isIllegal(...given, ...saw(view(2, 'frozen')));
  });

  test('is as it was where an event makes the machine fail', () => {
    const fails = call('b', { type: 'BREAK' });
    isLegal(...proposed(put(2), 2), fails, ...saw(view(2)));
    isIllegal(...proposed(put(2), 2), fails, ...saw(view(2, 'frozen')));
    isIllegal(fails, told('b', { accepted: true, view: null }));
    isLegal(fails, ...saw(null));
  });

  test('has nothing to do with another instance', () => {
    const other: Event = { type: 'call', client: 'o', input: { op: 'read', key: '2' } };
    isLegal(...proposed(put(2), 2), other, told('o', { view: null }));
    isIllegal(...proposed(put(2), 2), other, told('o', { view: view(2) }));
  });

  test('is reported on in the words of its chart', () => {
    const verdict = verdictOn(...proposed(put(2), 2), call('b', freeze), ...saw(view(3)));
    assert.ok(verdict.verdict === 'illegal');
    assert.equal(
      verdict.report,
      [
        'Not linearizable in instance "1": no order of the operations explains this answer.',
        '  ✗ client z: read "1": "open" {"balance":3,"owner":null} (called at 3, returned at 4)',
        'The longest order before it has 2 of 3 operations:',
        '  ✓ client a: propose to "1" {"type":"PUT","amount":2}: "open" {"balance":2,"owner":null} (called at 0, returned at 1)',
        '  ✓ client b: propose to "1" {"type":"FREEZE"}: ? (called at 2, never returned)',
        '  = "frozen" {"balance":2,"owner":null}',
      ].join('\n'),
    );
  });
});

test('states are told apart by what JSON does not show, and by what history states remember', () => {
  const machine = setup({
    types: {
      context: {} as { last: unknown },
      events: {} as { type: 'KEEP'; value: unknown } | { type: 'NEXT' | 'OUT' | 'BACK' },
    },
    actions: {
      keep: assign({ last: ({ event }) => (event.type === 'KEEP' ? event.value : null) }),
    },
  }).createMachine({
    context: { last: 0 },
    initial: 'in',
    on: { KEEP: { actions: 'keep' } },
    states: {
      in: {
        initial: 'one',
        on: { OUT: 'out' },
        states: { one: { on: { NEXT: 'two' } }, two: {}, again: { type: 'history' } },
      },
      out: { on: { BACK: 'in.again' } },
    },
  });
  const { init, step, identity } = instanceModel(machine);
  const after = (...events: MachineEvent[]): string | number =>
    identity(
      events.reduce(
        (state, event) => step(state, { op: 'propose', key: '1', event }, undefined)[1],
        init,
      ),
    );
  const keep = (value: unknown): MachineEvent => ({ type: 'KEEP', value });
  const [next, out] = [{ type: 'NEXT' }, { type: 'OUT' }];

  const names = [
    after(),
    ...[null, undefined, Number.NaN, 0, -0, new Map([[1, 2]]), new Map()].map((value) =>
      after(keep(value)),
    ),
    after(out),
    after(next, out),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(after(keep(1), keep(0)), after(keep(0)));
});
