/** What is said about an upgrade before it is one. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createMachine, fromPromise, setup, type AnyStateMachine } from 'xstate';
import type { Chore } from '../../../machines/protocol/chore.ts';
import { nodeId, toIndex } from '../../../machines/protocol/ids.ts';
import { replicated, type Definition } from '../../../machines/replica/replicated.ts';
import { foresee } from '../../../runtime/cli/upgrade/foresee.ts';
import type { MachineFinding, Problem } from '../../../runtime/cli/upgrade/findings.ts';
import { replay } from '../../../runtime/cli/upgrade/replay.ts';
import { first, second, third, v2, v3 } from '../../replica/upgrades/orders.ts';
import { logOf, type Said, to } from './written-log.ts';

type Machines = Readonly<Record<string, Definition>>;

async function foreseen(
  old: Machines,
  next: Machines,
  ...said: readonly (Said | Chore)[]
): Promise<readonly MachineFinding[]> {
  const replica = await replay({ entries: logOf(...said) }, old, () => {});
  return foresee(replica, next, () => {});
}

async function one(
  old: Definition,
  next: Definition,
  ...said: readonly (Said | Chore)[]
): Promise<MachineFinding> {
  const [finding] = await foreseen({ order: old }, { order: next }, ...said);
  assert.ok(finding !== undefined);
  return finding;
}

const pay = (key: string) => to(`order/${key}`, 'PAY', { cents: 150 });
const kinds = ({ first: shown }: MachineFinding): readonly Problem['kind'][] =>
  shown.map(({ kind }) => kind);

describe('a machine', () => {
  test('is unchanged, new, missing or changed', async () => {
    const findings = await foreseen(
      { same: first, gone: first, order: first },
      { order: v2, same: first, more: first },
      pay('1'),
      to('same/1', 'WAIT'),
    );
    assert.deepEqual(
      findings.map(({ machine, verdict, instances, goOver, problems }) => [
        machine,
        verdict,
        instances,
        goOver,
        problems,
      ]),
      [
        ['same', 'unchanged', 1, 1, 0],
        ['gone', 'missing', 0, 0, 1],
        ['order', 'changed', 1, 1, 0],
        ['more', 'new', 0, 0, 0],
      ],
    );
  });

  test('that does not name the one in force as what it comes after would not be taken', async () => {
    const plain = await one(first, second, pay('1'));
    assert.deepEqual([plain.verdict, plain.goOver, kinds(plain)], ['changed', 1, ['no-successor']]);
    const other = await one(v2, replicated(third, { upgrades: first }), pay('1'));
    assert.equal(other.verdict, 'changed', 'the first one is in force, whatever else there was');
    assert.deepEqual(kinds(other), ['no-place']);
  });

  test('whose next definition is in force already in that log is unchanged by it', async () => {
    const node = nodeId('a');
    const { known } = await replay({ entries: [] }, { order: v2 }, () => {});
    const knows = { type: 'knows', node, voters: [node], known, after: toIndex(0) } as const;
    const finding = await one(v2, v2, pay('1'), knows);
    assert.equal(finding.verdict, 'unchanged');
    assert.equal((await one(v2, v3, pay('1'), knows)).goOver, 1);
  });

  test('goes over several definitions one after the other', async () => {
    const finding = await one(first, v3, pay('1'), to('order/2', 'WAIT'));
    assert.deepEqual([finding.verdict, finding.goOver, finding.problems], ['changed', 2, 0]);
  });
});

describe('an instance', () => {
  test('without a place is named, with where it stands and why; twenty of them, and a count', async () => {
    const many = Array.from({ length: 25 }, (_, nth) => pay(`k${nth}`));
    const finding = await one(
      first,
      replicated(third, { upgrades: first }),
      to('order/fine', 'WAIT'),
      ...many,
    );
    const { instances, goOver, problems, first: shown } = finding;
    assert.deepEqual([instances, goOver, problems, shown.length], [26, 1, 25, 20]);
    assert.deepEqual(shown[0], {
      kind: 'no-place',
      key: 'k0',
      what: 'it stands in "paid" and has no place: there is no state "paid"',
    });
  });

  test('on which `migrate` throws has none either', async () => {
    const migrate = () => {
      throw new Error('not now');
    };
    const finding = await one(first, replicated(second, { upgrades: first, migrate }), pay('1'));
    assert.deepEqual(
      finding.first.map(({ what }) => what),
      ['it stands in "paid" and has no place: migrate threw: not now'],
    );
  });
});

test('a `migrate` that looks at the clock or the dice is found out, once', async () => {
  const migrate = () => ({ context: { cents: Date.now() + Math.random() } });
  const finding = await one(
    first,
    replicated(second, { upgrades: first, migrate }),
    pay('1'),
    pay('2'),
  );
  assert.deepEqual(kinds(finding), ['migrate-looks', 'migrate-looks']);
  assert.match(finding.first[0]?.what ?? '', /migrate calls Date\.now \(.*foresee\.test\.ts/);
  assert.match(finding.first[1]?.what ?? '', /migrate calls Math\.random/);
  assert.equal(finding.goOver, 2);
});

const door = (states: object): AnyStateMachine =>
  setup({
    actors: { bell: fromPromise(async () => 0) },
    actions: { greet() {}, wave() {} },
  }).createMachine({ id: 'door', initial: 'closed', states } as never) as never;

const opened = to('order/1', 'OPEN');
const said = ({ first: shown }: MachineFinding) => shown.map(({ kind, what }) => [kind, what]);

describe('what is under way', () => {
  const closed = { on: { OPEN: 'open' } };

  test('is fine where the new definition has it as well', async () => {
    const states = {
      closed,
      open: { after: { 100: 'closed' }, invoke: { id: 'ring', src: 'bell', onDone: 'closed' } },
    };
    const finding = await one(
      door(states),
      replicated(door({ ...states, more: {} }), {
        upgrades: door(states),
      }),
      opened,
    );
    assert.deepEqual([finding.verdict, finding.goOver, said(finding)], ['changed', 1, []]);
  });

  test('deadlines that nobody would hear, and those of states that are not entered again', async () => {
    const old = door({ closed, open: { after: { 100: 'closed' } } });
    const next = door({ closed, open: { after: { 200: 'closed' } } });
    const finding = await one(old, replicated(next, { upgrades: old }), opened);
    assert.deepEqual(said(finding), [
      [
        'timer-unheard',
        'the deadline xstate.after.100.door.open is pending, and nothing would hear of it',
      ],
      [
        'delay-not-scheduled',
        'it would be in door.open without the deadline xstate.after.200.door.open, which is set when that state is entered',
      ],
    ]);
  });

  test('a deadline that has passed already is missed by nobody', async () => {
    const states = { closed, open: { after: { 100: { guard: () => false, target: 'closed' } } } };
    const old = door(states);
    const next = door({ ...states, more: {} });
    const fire = { type: 'fire', machine: 'order', key: '1', timer: 0 } as const;
    const entries = logOf(opened, fire).map((entry, nth) => ({ ...entry, timeMs: nth * 1_000 }));
    const replica = await replay({ entries }, { order: old }, () => {});
    assert.deepEqual(replica.instance('order', '1')?.pending.timers, []);
    const [finding] = await foresee(
      replica,
      { order: replicated(next, { upgrades: old }) },
      () => {},
    );
    assert.deepEqual(finding?.first, []);
  });

  test('effects of which nobody would hear, and invokes of states that are not entered again', async () => {
    const old = door({ closed, open: { invoke: { id: 'ring', src: 'bell', onDone: 'closed' } } });
    const next = door({ closed, open: { invoke: { id: 'toll', src: 'bell', onDone: 'closed' } } });
    const finding = await one(old, replicated(next, { upgrades: old }), opened);
    assert.deepEqual(said(finding), [
      [
        'effect-unheard',
        '"ring" is running, and nothing would hear xstate.done.actor.ring from it',
      ],
      [
        'not-invoked',
        'it would be in door.open without "toll", which is invoked when that state is entered',
      ],
    ]);
  });

  test('but not what another state has invoked and goes on there', async () => {
    const invoke = { id: 'ring', src: 'bell', onDone: 'closed' };
    const old = door({ closed, open: { invoke } });
    const next = door({ closed: {}, ajar: { invoke } });
    const migrate = () => ({ value: 'ajar' });
    const finding = await one(old, replicated(next, { upgrades: old, migrate }), opened);
    assert.deepEqual(said(finding), []);
  });

  test('actions that the new definition does not have', async () => {
    const old = door({ closed, open: { entry: 'greet' } });
    const next = setup({}).createMachine({
      id: 'door',
      initial: 'closed',
      states: { closed: {}, open: {} },
    });
    const finding = await one(old, replicated(next, { upgrades: old }), opened);
    assert.deepEqual(said(finding), [
      [
        'action-unknown',
        'the action "greet" is still to be carried out, and the new definition does not have it: the old one\'s will be',
      ],
    ]);
  });

  test('and a state that `migrate` brings it into has begun nothing', async () => {
    const old = door({ closed, open: {} });
    const next = door({ closed: {}, ajar: { after: { 10: 'closed' } } });
    const migrate = () => ({ value: 'ajar' });
    const finding = await one(old, replicated(next, { upgrades: old, migrate }), opened);
    assert.deepEqual(kinds(finding), ['delay-not-scheduled']);
  });

  test('in its children likewise', async () => {
    const child = (delayMs: number) => createMachine({ id: 'child', after: { [delayMs]: {} } });
    const parent = (delayMs: number) =>
      setup({ actors: { child: child(delayMs) } }).createMachine({
        id: 'parent',
        invoke: { id: 'one', src: 'child' },
      });
    const next = replicated(parent(200), { upgrades: parent(100) });
    const finding = await one(parent(100), next, opened);
    assert.deepEqual(kinds(finding), ['timer-unheard', 'delay-not-scheduled']);
  });
});
