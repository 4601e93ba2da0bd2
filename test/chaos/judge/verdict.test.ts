/** The judge of chaos runs, before whom liars must fail: a true history, and what is wrong with others. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import type { MachineName } from '../clients/keys.ts';
import type { Recorded } from '../recorder.ts';
import type { Evidence } from './evidence.ts';
import { judge } from './verdict.ts';

type View = Readonly<{ status: 'active'; value: string; context: object }>;

const journal = (...items: string[]): View => ({
  status: 'active',
  value: 'open',
  context: { items },
});
const register = (value: string): View => ({ status: 'active', value: 'set', context: { value } });
const bank = (ann: number, bob: number): View => ({
  status: 'active',
  value: 'open',
  context: { balances: { ann, bob, cai: 100 } },
});
const keyOf: Record<MachineName, string> = { journal: 'j', register: 'r', bank: 'b' };

const asks = (client: string, machine: MachineName, event: MachineEvent | null): Recorded => ({
  atMs: 0,
  type: 'call',
  client,
  machine,
  input:
    event === null
      ? { op: 'read', key: keyOf[machine] }
      : { op: 'propose', key: keyOf[machine], event },
});
const ends = (client: string, machine: MachineName, type: 'refused' | 'unknown'): Recorded => ({
  atMs: 0,
  type,
  client,
  machine,
});
const proposed = (
  machine: MachineName,
  event: MachineEvent,
  index: number,
  view: View,
): Recorded[] => [
  asks('a', machine, event),
  { atMs: 0, type: 'return', client: 'a', machine, index, output: { accepted: true, view } },
];
const read = (machine: MachineName, view: View): Recorded[] => [
  asks('b', machine, null),
  { atMs: 0, type: 'return', client: 'b', machine, output: { view } },
];
const append = (item: string): MachineEvent => ({ type: 'APPEND', item });
const write = (value: string): MachineEvent => ({ type: 'WRITE', value });
const transfer = { type: 'TRANSFER', from: 'ann', to: 'bob', cents: 30 };

const everywhere = (held: Readonly<Record<string, View>>): Evidence['states'] =>
  new Map(['n1', 'n2', 'n3'].map((node) => [node, new Map(Object.entries(held))]));

const truth: Evidence = {
  history: [
    ...proposed('journal', append('x'), 2, journal('x')),
    asks('c', 'journal', append('refused')),
    ends('c', 'journal', 'refused'),
    asks('d', 'journal', append('late')),
    ends('d', 'journal', 'unknown'),
    ...proposed('journal', append('y'), 3, journal('x', 'y')),
    ...read('journal', journal('x', 'y')),
    ...proposed('register', write('1'), 4, register('1')),
    ...proposed('register', write('2'), 5, register('2')),
    ...read('register', register('2')),
    ...proposed('bank', transfer, 6, bank(70, 130)),
    ...read('journal', journal('x', 'y', 'late')),
  ],
  states: everywhere({
    'journal/j': journal('x', 'y', 'late'),
    'register/r': register('2'),
    'bank/b': bank(70, 130),
  }),
  leaders: new Map([[1, new Set(['n1'])]]),
  incidents: [],
};

const withHistory = (...more: Recorded[]): Evidence => ({
  ...truth,
  history: [...truth.history, ...more],
});
/** Replaces what all nodes hold. */
const holding = (name: string, view: View): Evidence => ({
  ...truth,
  states: new Map(
    [...(truth.states ?? [])].map(([node, held]) => [node, new Map(held).set(name, view)]),
  ),
});
const items = (...all: string[]): Evidence => holding('journal/j', journal(...all));

test('a history that kept every promise passes', () => {
  const verdict = judge(truth);
  assert.deepEqual(verdict.findings, []);
  assert.equal(verdict.linearizable, 'yes');
  assert.equal(verdict.instances, 3);
  assert.ok(verdict.passed);
});

test('so does one that was broken off before the end', () => {
  assert.deepEqual(judge({ ...truth, states: null }).findings, []);
});

const lies: readonly (readonly [string, Evidence, RegExp])[] = [
  [
    'an acknowledged append that a later read does not see',
    withHistory(...read('journal', journal('x', 'late'))),
    /Not linearizable/,
  ],
  ['a stale read', withHistory(...read('register', register('1'))), /Not linearizable/],
  [
    'an event that was applied twice, as a read sees it',
    withHistory(...read('journal', journal('x', 'y', 'late', 'x'))),
    /Not linearizable/,
  ],
  [
    'a refused append that a read sees',
    withHistory(...read('journal', journal('x', 'y', 'late', 'refused'))),
    /Not linearizable/,
  ],
  [
    'an event that was applied, and whose answer says otherwise',
    withHistory(...proposed('register', write('3'), 9, register('2'))),
    /Not linearizable/,
  ],
  [
    'an acknowledged append that is gone in the end',
    items('x', 'late'),
    /acknowledged and is gone/,
  ],
  ['an append that is there twice in the end', items('x', 'y', 'late', 'y'), /is there 2 times/],
  ['a refused append that is there in the end', items('x', 'y', 'refused'), /was refused/],
  ['an item from nowhere', items('x', 'y', 'ghost'), /nobody appended/],
  ['money from nowhere', holding('bank/b', bank(70, 140)), /together 310/],
  ['money from nowhere in an answer', withHistory(...read('bank', bank(71, 130))), /together 301/],
  [
    'two events under one index',
    withHistory(...proposed('register', write('3'), 6, register('3'))),
    /index 6 was given twice/,
  ],
  [
    'an event in front of one that had been answered before',
    withHistory(...proposed('register', write('3'), 1, register('3'))),
    /though 6 had been answered/,
  ],
  [
    'nodes that hold different states',
    {
      ...truth,
      states: new Map(
        [...(truth.states ?? [])].map(([node, held], nth) => [
          node,
          nth === 2 ? new Map(held).set('register/r', register('1')) : held,
        ]),
      ),
    },
    /register\/r differs/,
  ],
  [
    'two leaders of one term',
    { ...truth, leaders: new Map([[4, new Set(['n1', 'n3'])]]) },
    /term 4 has two leaders/,
  ],
  ['a process that died by itself', { ...truth, incidents: ['n1 ended with SIGSEGV'] }, /SIGSEGV/],
];

test.each(lies)('%s is found', (_, evidence, finding) => {
  const verdict = judge(evidence);
  assert.equal(verdict.passed, false);
  assert.match(verdict.findings.join('\n'), finding);
});

test('a search that ends without a verdict is no acquittal', () => {
  const verdict = judge(truth, { stepsMax: 3 });
  assert.equal(verdict.passed, false);
  assert.equal(verdict.linearizable, 'undecided');
});
