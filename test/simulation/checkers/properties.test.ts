import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { explains, isLinearizable } from './brute-force.ts';
import { type History, type Operation, operationsOf } from './history.ts';
import { checkLinearizable, type Verdict } from './linearizable.ts';
import type { Model } from './model.ts';
import { instanceModel } from './models/instance.ts';
import { kvModel } from './models/kv.ts';
import { registerModel } from './models/register.ts';
import { type AtomicObject, historyOf, moves } from './simulated-clients.ts';
import {
  accountInputs,
  accountMachine,
  createAccounts,
  createKv,
  createRegister,
  kvInputs,
  registerInputs,
} from './simulated-objects.ts';
import { unpartitioned } from './unpartitioned.ts';

const seed = 20261122;
const accountModel = instanceModel(accountMachine);

/** Throws unless the verdict proves itself. */
function checkProof<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: History<Input, Output>,
  verdict: Verdict<Input, Output>,
): void {
  const { partition = () => '' } = model;
  const operations = operationsOf(history);
  const within = (name: string) => operations.filter(({ input }) => partition(input) === name);

  if (verdict.verdict === 'legal') {
    for (const name of new Set(operations.map(({ input }) => partition(input)))) {
      const order: readonly Operation<Input, Output>[] = verdict.orders.get(name) ?? [];
      assert.ok(explains(model, order), 'the order explains every answer');
      assert.equal(new Set(order).size, order.length, 'nothing happens twice');
      const isPlaced = new Set(order.map(({ calledAt }) => calledAt));
      const missing = within(name).filter(
        ({ calledAt, returnedAt }) => returnedAt !== Infinity && !isPlaced.has(calledAt),
      );
      assert.deepEqual(missing, [], 'whatever returned has happened');
    }
    return;
  }

  assert.ok(verdict.verdict === 'illegal');
  const { prefix, stuck } = verdict;
  assert.ok(explains(model, prefix), 'the order explains every answer in it');
  const isPlaced = new Set(prefix.map(({ calledAt }) => calledAt));
  assert.ok(!isPlaced.has(stuck.calledAt));
  const late = within(verdict.partition).filter(
    ({ calledAt, returnedAt }) => returnedAt < stuck.returnedAt && !isPlaced.has(calledAt),
  );
  assert.deepEqual(late, [], 'whatever returned before is in it');
}

const whatAtomicObjectsDo = <State, Input, Output>(
  name: string,
  model: Model<State, Input, Output>,
  create: () => AtomicObject<Input, Output>,
  inputs: fc.Arbitrary<Input>,
) =>
  test(`what ${name} does is legal, and there is an order to prove it`, () => {
    fc.assert(
      fc.property(moves(inputs, { clients: 5, maxLength: 150 }), (script) => {
        const history = historyOf(create(), script);
        const verdict = checkLinearizable(model, history);
        assert.equal(verdict.verdict, 'legal', 'report' in verdict ? verdict.report : '');
        checkProof(model, history, verdict);
      }),
      { seed, numRuns: 100 },
    );
  });

describe('an object that really is atomic', () => {
  whatAtomicObjectsDo('a register', registerModel, createRegister, registerInputs);
  whatAtomicObjectsDo('a map of texts', kvModel, createKv, kvInputs);
  whatAtomicObjectsDo('a replica with accounts', accountModel, createAccounts, accountInputs);
});

type Lie = Readonly<{ which: number; about: number }>;
const lies: fc.Arbitrary<Lie> = fc.record({ which: fc.nat(), about: fc.nat() });

/** The history, but that one read answers what another may have, or a little less or more. */
function withLie<Input extends { readonly op: string }, Output>(
  history: History<Input, Output>,
  { which, about }: Lie,
  answers: readonly Output[],
): History<Input, Output> {
  const reads = new Set(['read', 'get']);
  const asked = new Map<string, Input>();
  const places = history.flatMap((event, at) => {
    if (event.type === 'call') asked.set(event.client, event.input);
    const isRead = event.type === 'return' && reads.has(asked.get(event.client)?.op ?? '');
    return isRead ? [at] : [];
  });
  const place = places[which % Math.max(places.length, 1)];
  const output = answers[about % answers.length] as Output;
  return history.map((event, at) =>
    at === place && event.type === 'return' ? { ...event, output } : event,
  );
}

const judgedLikeByTrying = <State, Input extends { readonly op: string }, Output>(
  name: string,
  model: Model<State, Input, Output>,
  create: () => AtomicObject<Input, Output>,
  inputs: fc.Arbitrary<Input>,
  answers: readonly Output[],
) =>
  test(`${name}: one altered answer is judged as trying every order judges it`, () => {
    const count = { legal: 0, illegal: 0, undecided: 0 };
    fc.assert(
      fc.property(moves(inputs, { clients: 3, maxLength: 24 }), lies, (script, lie) => {
        const history = withLie(historyOf(create(), script, 6), lie, answers);
        const verdict = checkLinearizable(model, history);
        assert.equal(verdict.verdict, isLinearizable(model, history) ? 'legal' : 'illegal');
        checkProof(model, history, verdict);
        count[verdict.verdict] += 1;
      }),
      { seed, numRuns: 400 },
    );
    // Or it would prove little.
    assert.ok(Math.min(count.legal, count.illegal) > 80, JSON.stringify(count));
  });

const balances = [
  null,
  ...[0, 1, 3].map((balance) => ({
    status: 'active' as const,
    value: 'open',
    context: { balance, owner: 'ann' },
  })),
];

describe('a history with a lie in it', () => {
  const registerAnswers = [null, 0, 1, 2];
  const kvAnswers = ['', 'x', 'y', 'xy'];
  judgedLikeByTrying('a register', registerModel, createRegister, registerInputs, registerAnswers);
  // A map has to be taken as a whole here: trying every order knows of no parts.
  const wholeMap = unpartitioned(kvModel);
  judgedLikeByTrying('a map of texts', wholeMap, createKv, kvInputs, kvAnswers);
  judgedLikeByTrying(
    'a replica with accounts',
    unpartitioned(accountModel),
    createAccounts,
    accountInputs,
    balances.map((view) => ({ view })),
  );

  test('was legal right up to the answer that cannot be', () => {
    fc.assert(
      fc.property(moves(registerInputs, { clients: 4, maxLength: 60 }), lies, (script, lie) => {
        const history = withLie(historyOf(createRegister(), script), lie, registerAnswers);
        const verdict = checkLinearizable(registerModel, history);
        checkProof(registerModel, history, verdict);
        if (verdict.verdict !== 'illegal') return;
        const before = history.slice(0, verdict.stuck.returnedAt);
        assert.equal(checkLinearizable(registerModel, before).verdict, 'legal');
      }),
      { seed, numRuns: 200 },
    );
  });

  test('gets the same verdict in parts and as a whole', () => {
    const count = { legal: 0, illegal: 0, undecided: 0 };
    fc.assert(
      fc.property(moves(kvInputs, { clients: 4, maxLength: 60 }), lies, (script, lie) => {
        const history = withLie(historyOf(createKv(), script), lie, kvAnswers);
        const { verdict } = checkLinearizable(kvModel, history);
        assert.equal(checkLinearizable(wholeMap, history).verdict, verdict);
        count[verdict] += 1;
      }),
      { seed, numRuns: 200 },
    );
    assert.ok(Math.min(count.legal, count.illegal) > 40, JSON.stringify(count));
  });

  test('gets the same verdict or none under any budget', () => {
    const budgets = fc.nat(60);
    fc.assert(
      fc.property(
        moves(registerInputs, { clients: 4, maxLength: 40 }),
        lies,
        budgets,
        (script, lie, stepsMax) => {
          const history = withLie(historyOf(createRegister(), script), lie, registerAnswers);
          const { verdict, steps } = checkLinearizable(registerModel, history);
          const hasty = checkLinearizable(registerModel, history, { stepsMax }).verdict;
          assert.equal(hasty, steps <= stepsMax ? verdict : 'undecided');
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});
