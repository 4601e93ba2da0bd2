import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { HistoryEvent } from './history.ts';
import { checkLinearizable } from './linearizable.ts';
import { type KvInput, kvModel, type KvOutput } from './models/kv.ts';
import { type RegisterInput, registerModel, type RegisterOutput } from './models/register.ts';

type Event = HistoryEvent<RegisterInput, RegisterOutput>;

const read: RegisterInput = { op: 'read' };
const write = (value: number): RegisterInput => ({ op: 'write', value });
const cas = (from: number, to: number): RegisterInput => ({ op: 'cas', from, to });

const call = <Input>(client: string, input: Input) => ({ type: 'call', client, input }) as const;
const told = <Output>(client: string, output: Output) =>
  ({ type: 'return', client, output }) as const;
const refused = (client: string) => ({ type: 'refused', client }) as const;
const unknown = (client: string) => ({ type: 'unknown', client }) as const;
const wrote = (client: string, value: number): Event[] => [
  call(client, write(value)),
  told(client, null),
];
const saw = (client: string, value: number | null): Event[] => [
  call(client, read),
  told(client, value),
];

const verdictOn = (...history: Event[]) => checkLinearizable(registerModel, history);
const isLegal = (...history: Event[]) => assert.equal(verdictOn(...history).verdict, 'legal');
const isIllegal = (...history: Event[]) => assert.equal(verdictOn(...history).verdict, 'illegal');

describe('one after another', () => {
  test('nothing at all is legal', () => isLegal());
  test('a register holds nil at first', () => isLegal(...saw('a', null)));
  test('a read sees the latest write', () => isLegal(...wrote('a', 1), ...saw('b', 1)));
  test('a read that sees an older write is illegal', () =>
    isIllegal(...wrote('a', 1), ...wrote('a', 2), ...saw('b', 1)));
  test('a read that misses a write that had returned is illegal', () =>
    isIllegal(...wrote('a', 1), ...saw('b', null)));
  test('a read of what nobody wrote is illegal', () => isIllegal(...wrote('a', 1), ...saw('b', 2)));
});

describe('at the same time', () => {
  test('a read may see a write that has not returned', () =>
    isLegal(call('a', write(1)), ...saw('b', 1), told('a', null)));
  test('or miss it', () => isLegal(call('a', write(1)), ...saw('b', null), told('a', null)));
  test('but once seen, it stays', () =>
    isIllegal(call('a', write(1)), ...saw('b', 1), ...saw('c', null), told('a', null)));
  test('whoever is called before a write returns may still come before it', () =>
    isLegal(call('a', write(1)), call('b', read), told('a', null), told('b', null)));
  test('whoever is called when it has returned may not', () =>
    isIllegal(call('a', write(1)), told('a', null), call('b', read), told('b', null)));
  test('of two swaps of the same value one fails', () => {
    const swaps = [...wrote('a', 1), call('a', cas(1, 2)), call('b', cas(1, 3))];
    isLegal(...swaps, told('a', true), told('b', false), ...saw('c', 2));
    isLegal(...swaps, told('a', false), told('b', true), ...saw('c', 3));
    isIllegal(...swaps, told('a', true), told('b', true));
    isIllegal(...swaps, told('a', false), told('b', false));
  });
});

describe('an operation of which nobody knows the end', () => {
  test('may have happened', () => isLegal(call('a', write(1)), unknown('a'), ...saw('b', 1)));
  test('or never', () => isLegal(call('a', write(1)), unknown('a'), ...saw('b', null)));
  test('or happens long after', () =>
    isLegal(
      call('a', write(1)),
      unknown('a'),
      ...wrote('b', 2),
      ...saw('b', 2),
      ...saw('b', 2),
      ...saw('b', 1),
    ));
  test('but once only', () =>
    isIllegal(call('a', write(1)), unknown('a'), ...saw('b', 1), ...wrote('b', 2), ...saw('b', 1)));
  test('and not before its call', () =>
    isIllegal(...saw('b', 1), call('a', write(1)), unknown('a')));
  test('is also one that had not ended when the history did', () => {
    isLegal(call('a', write(1)), ...saw('b', 1));
    isLegal(call('a', write(1)), ...saw('b', null));
  });
  test('leaves its client free to go on', () =>
    isLegal(call('a', write(1)), unknown('a'), ...wrote('a', 2), ...saw('a', 1)));
});

describe('a refused operation', () => {
  test('did not happen', () => {
    isLegal(call('a', write(1)), refused('a'), ...saw('b', null));
    isIllegal(call('a', write(1)), refused('a'), ...saw('b', 1));
    isIllegal(call('a', write(1)), ...saw('b', 1), refused('a'));
  });
});

describe('a legal verdict', () => {
  test('comes with an order that proves it', () => {
    const verdict = verdictOn(call('a', write(1)), ...saw('b', null), ...saw('b', 1), unknown('a'));
    assert.ok(verdict.verdict === 'legal');
    const order = verdict.orders.get('')?.map(({ client, input }) => `${client} ${input.op}`);
    assert.deepEqual(order, ['b read', 'a write', 'b read']);
  });
});

describe('an illegal verdict', () => {
  const history = [
    ...wrote('a', 1),
    call('d', cas(7, 8)),
    unknown('d'),
    call('a', write(2)),
    ...saw('b', 2),
    ...saw('c', 1),
    told('a', null),
    ...saw('c', 2),
  ];

  test('says how far an order gets, and which operation has no place in it', () => {
    const verdict = verdictOn(...history);
    assert.ok(verdict.verdict === 'illegal');
    assert.equal(verdict.stuck.calledAt, 7);
    assert.deepEqual(
      verdict.prefix.map(({ client, input }) => `${client} ${input.op}`),
      ['a write', 'a write', 'b read'],
    );
  });

  test('is readable', () => {
    const verdict = verdictOn(...history);
    assert.ok(verdict.verdict === 'illegal');
    assert.equal(
      verdict.report,
      [
        'Not linearizable: no order of the operations explains this answer.',
        '  ✗ client c: read 1 (called at 7, returned at 8)',
        'The longest order before it has 3 of 6 operations:',
        '  ✓ client a: write 1 (called at 0, returned at 1)',
        '  ✓ client a: write 2 (called at 4, returned at 9)',
        '  ✓ client b: read 2 (called at 5, returned at 6)',
        '  = 2',
        'Under way at that time, and of no help:',
        '  ? client d: cas 7 to 8: ? (called at 2, never returned)',
      ].join('\n'),
    );
  });

  test('shows the end of what is long, and names the part that it is about', () => {
    const many = Array.from({ length: 20 }, (_, at) => [
      call('a', { op: 'append', key: 'k', value: String(at % 10) } as const),
      told('a', null),
      call('a', { op: 'get', key: 'other' } as const),
      told('a', ''),
    ]).flat();
    const verdict = checkLinearizable(kvModel, [
      ...many,
      call('b', { op: 'get', key: 'k' } as const),
      told('b', '0123'),
    ]);
    assert.ok(verdict.verdict === 'illegal');
    const lines = verdict.report.split('\n');
    assert.match(lines[0] ?? '', /^Not linearizable in key "k"/);
    assert.equal(lines[2], 'The longest order before it has 20 of 21 operations:');
    assert.equal(lines[3], '    … 8 before');
    assert.equal(lines[4], '  ✓ client a: append "k" "8" (called at 32, returned at 33)');
    assert.equal(lines.at(-1), '  = "01234567890123456789"');
  });
});

describe('a budget', () => {
  const crowd = 20;
  /** Nobody can have seen 99, and there are very many orders in which they did not. */
  const hard = [
    ...Array.from({ length: crowd }, (_, at) => call(`w${at}`, write(at))),
    ...Array.from({ length: crowd }, (_, at) => call(`r${at}`, read)),
    ...Array.from({ length: crowd }, (_, at) => told(`w${at}`, null)),
    ...Array.from({ length: crowd }, (_, at) => told(`r${at}`, 99)),
  ];

  test('of steps that does not suffice ends without a verdict', () => {
    const verdict = checkLinearizable(registerModel, hard, { stepsMax: 1_000 });
    assert.deepEqual(verdict, {
      verdict: 'undecided',
      spent: 'steps',
      partition: '',
      steps: 1_000,
    });
  });

  test('of time that does not suffice ends without a verdict', () => {
    let nowMs = 0;
    const verdict = checkLinearizable(registerModel, hard, {
      timeMsMax: 50,
      nowMs: () => (nowMs += 1),
    });
    assert.ok(verdict.verdict === 'undecided');
    assert.equal(verdict.spent, 'time');
    assert.ok(verdict.steps > 0);
  });

  test('that suffices to the last step makes no difference', () => {
    const history = [...wrote('a', 1), call('a', write(2)), ...saw('b', 1), told('a', null)];
    const { steps, verdict } = checkLinearizable(registerModel, history);
    assert.equal(verdict, 'legal');
    assert.deepEqual(
      [steps - 1, steps].map(
        (stepsMax) => checkLinearizable(registerModel, history, { stepsMax }).verdict,
      ),
      ['undecided', 'legal'],
    );
  });

  test('that one key exhausts does not hide what is wrong with another', () => {
    type Wide = HistoryEvent<KvInput, KvOutput>;
    const wide: Wide[] = Array.from({ length: 2 * crowd }, (_, at) =>
      call(`c${at}`, {
        op: at < crowd ? 'append' : 'get',
        key: 'busy',
        value: String(at),
      } as const),
    );
    const ends = wide.map(({ client }, at): Wide => told(client, at < crowd ? null : 'never'));
    const wrong: Wide[] = [call('x', { op: 'get', key: 'quiet' }), told('x', 'never')];
    const verdict = checkLinearizable(kvModel, [...wide, ...ends, ...wrong], { stepsMax: 5_000 });
    assert.ok(verdict.verdict === 'illegal');
    assert.equal(verdict.partition, 'key "quiet"');
  });
});

describe('a history that cannot be', () => {
  test('of a client that asks twice at a time is refused', () => {
    assert.throws(() => verdictOn(call('a', read), call('a', read)), /event 1: client a is still/);
  });
  test.each([told('a', 1), refused('a'), unknown('a')])(
    'of a client that asked nothing and ends with "$type" is refused',
    (end) => {
      assert.throws(() => verdictOn(end), /event 0: client a has asked nothing/);
    },
  );
});
