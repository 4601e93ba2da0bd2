/** Two replicas that were fed the same and differ; one asks, the other answers. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Entry, MachineEvent } from '../../machines/protocol/entry.ts';
import { nodeId, proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { createReplica, type Replica } from '../../machines/replica/replica.ts';
import { createInquiry } from '../../runtime/divergence/inquiry.ts';
import { testify, type Answer, type Question } from '../../runtime/divergence/testimony.ts';
import { fickleMachine, type Bias } from './fickle.ts';

const theirs = nodeId('theirs');
const third = nodeId('third');
const term = toTerm(1);

type Pair = ReturnType<typeof pairOf>;

type Bounds = Readonly<{ historyEventsMax?: number }>;

/** Fed the same, entry by entry; the first has a bias. */
function pairOf(bounds: Bounds = {}, theirBounds = bounds) {
  const bias: Bias = { add: 0 };
  const make = (own: Bias, limited: Bounds): Replica =>
    createReplica({ machines: { fickle: fickleMachine(own) }, limits: limited });
  const replicas = [make(bias, bounds), make({ add: 0 }, theirBounds)] as const;
  let index = 0;
  const step = (machine: string, key: string, event: MachineEvent, biased = 0): number => {
    index += 1;
    const base = { index: toIndex(index), term, seed: 0, timeMs: 0 };
    const entry: Entry = { ...base, kind: 'command', payload: new Uint8Array() };
    const since = toIndex(index - 1);
    const command = { proposalId: proposalId(`p${index}`), machine, key, event, since };
    bias.add = biased;
    for (const replica of replicas) replica.apply(entry, command);
    return index;
  };
  step('lifecycle', 'cluster', { type: 'RUN' });
  const add = (key: string, biased = 0): number =>
    step('fickle', key, { type: 'ADD', by: 1 }, biased);
  return { replicas, step, add, last: () => toIndex(index) };
}

/** Asks as the chart would, until it comes to an end; what was asked, and what was found. */
function inquire({ replicas, last }: Pair, { agreed = 0, answers = testify } = {}) {
  const asked: string[] = [];
  const inbox: Answer[] = [];
  const inquiry = createInquiry({
    replica: replicas[0],
    witness: theirs,
    agreed: toIndex(agreed),
    differing: last(),
    send: (to, question) => {
      assert.equal(to, theirs);
      asked.push(question.kind);
      const answer = answers(replicas[1], { ...question, term });
      if (answer !== null) inbox.push(answer);
    },
  });
  let asking: 'askCourse' | 'askRows' | 'askState' = 'askCourse';
  for (let turns = 0; turns < 1_000; turns += 1) {
    inquiry.ask(asking);
    const answer = inbox.shift();
    const came = answer === undefined ? null : inquiry.heard(theirs, answer);
    if (came === 'inquiry.found') asking = 'askState';
    else if (came === 'inquiry.cameToNothing' && asking === 'askCourse') asking = 'askRows';
    else if (came !== 'inquiry.goesOn') return { asked, came, place: inquiry.place() };
  }
  return assert.fail('it comes to no end');
}

test('the first of several differences is found, at its entry', () => {
  const pair = pairOf();
  for (const key of ['a', 'b', 'c', 'a']) pair.add(key);
  const first = pair.add('b', 5);
  for (const key of ['a', 'b', 'c']) pair.add(key, 5);
  const { asked, came, place } = inquire(pair);
  assert.deepEqual(asked, ['courseRequest', 'stateRequest']);
  assert.equal(came, 'inquiry.shown');
  assert.deepEqual(place, {
    index: first,
    isFirst: true,
    machine: 'fickle',
    key: 'b',
    difference: { path: '.context.total', ours: 7, theirs: 2 },
  });
});

test('long courses come in pages', () => {
  const pair = pairOf();
  const keys = 7;
  for (let nth = 0; nth < 2 * limits.inquiryLinesMax; nth += 1) pair.add(`k${nth % keys}`);
  const first = pair.add('k0', 1);
  const { asked, place } = inquire(pair);
  assert.deepEqual(asked, ['courseRequest', 'courseRequest', 'courseRequest', 'stateRequest']);
  assert.deepEqual([place.index, place.isFirst, place.key], [first, true, 'k0']);
});

test('where both have agreed at some place, nothing before it is asked for', () => {
  const pair = pairOf();
  for (let nth = 0; nth < 3 * limits.inquiryLinesMax; nth += 1) pair.add('a');
  const agreed = pair.last();
  const first = pair.add('a', 1);
  const { asked, place } = inquire(pair, { agreed });
  assert.deepEqual(asked, ['courseRequest', 'stateRequest']);
  assert.deepEqual([place.index, place.isFirst], [first, true]);
});

test('where the beginning is forgotten, the entry is one by which it had begun', () => {
  const pair = pairOf({ historyEventsMax: 4 });
  pair.add('a', 5);
  for (const key of ['b', 'c', 'b', 'c']) pair.add(key);
  const shown = pair.add('a');
  const { place } = inquire(pair);
  assert.deepEqual([place.index, place.isFirst, place.key], [shown, false, 'a']);
  assert.equal(place.difference?.path, '.context.total');
});

test('likewise where only the other has forgotten it', () => {
  const pair = pairOf({}, { historyEventsMax: 4 });
  pair.add('a', 5);
  for (const key of ['b', 'c', 'b', 'c']) pair.add(key);
  const shown = pair.add('a');
  const { place } = inquire(pair);
  assert.deepEqual([place.index, place.isFirst, place.key], [shown, false, 'a']);
});

test('what began in what is remembered is the first, though much before it is forgotten', () => {
  const pair = pairOf({ historyEventsMax: 4 });
  for (const key of ['a', 'b', 'c', 'a', 'b', 'c']) pair.add(key);
  pair.add('a');
  const first = pair.add('a', 5);
  const { place } = inquire(pair);
  assert.deepEqual([place.index, place.isFirst], [first, true]);
});

test('an instance that differs without any event left of it is found among all', () => {
  const pair = pairOf({ historyEventsMax: 4 });
  for (let nth = 0; nth < 2_500; nth += 1) pair.add(`k${nth}`, nth === 2_200 ? 1 : 0);
  const { asked, came, place } = inquire(pair);
  assert.deepEqual(asked, [
    'courseRequest',
    'rowsRequest',
    'rowsRequest',
    'rowsRequest',
    'stateRequest',
  ]);
  assert.equal(came, 'inquiry.shown');
  assert.deepEqual([place.key, place.isFirst], ['k2200', false]);
  assert.equal(place.difference?.path, '.context.total');
});

test('an instance that one side alone has is found, whichever side it is', () => {
  for (const side of [0, 1] as const) {
    const pair = pairOf({ historyEventsMax: 2 });
    pair.add('a');
    // Refused by the biased one, where it would begin the instance.
    pair.step('fickle', 'only', { type: 'PICKY', by: 1 }, 1);
    for (const key of ['b', 'c', 'd']) pair.add(key);
    const turned = { ...pair, replicas: side === 0 ? pair.replicas : pair.replicas.toReversed() };
    const { came, place } = inquire(turned as Pair);
    assert.equal(came, 'inquiry.shown');
    assert.equal(place.key, 'only');
    const { ours: here, theirs: there } = place.difference ?? assert.fail();
    assert.deepEqual([here === undefined, there === undefined], [side === 0, side === 1]);
  }
});

test('an event that one side alone took shows as nothing on the other', () => {
  const pair = pairOf();
  pair.add('a');
  const first = pair.step('fickle', 'a', { type: 'PICKY', by: 1 }, 1);
  const { place } = inquire(pair);
  assert.deepEqual([place.index, place.key, place.difference?.ours], [first, 'a', undefined]);
});

test('whoever has not come so far yet gives no answer', () => {
  const pair = pairOf();
  pair.add('a', 1);
  const [, behind] = pair.replicas;
  const beyond = toIndex(pair.last() + 1);
  const head = { term, inquiry: 1 } as const;
  assert.equal(
    testify(behind, { ...head, kind: 'courseRequest', after: toIndex(0), through: beyond }),
    null,
  );
  const asked = { kind: 'stateRequest', index: beyond, machine: '', key: '' } as const;
  assert.equal(testify(behind, { ...head, ...asked }), null);
});

test('a state that has gone on meanwhile is not compared', () => {
  const pair = pairOf({ historyEventsMax: 2 });
  pair.add('a', 1);
  for (const key of ['b', 'c', 'd']) pair.add(key);
  const { came, place } = inquire(pair, {
    answers: (replica, question) => {
      if (question.kind === 'stateRequest') pair.add('a');
      return testify(replica, question);
    },
  });
  assert.equal(came, 'inquiry.cameToNothing');
  assert.deepEqual([place.key, place.difference], ['a', null]);
});

test('a state that is too large is not shown, but named', () => {
  const pair = pairOf();
  const hand = 'x'.repeat(limits.stateTextCharsMax);
  const first = pair.step('fickle', 'a', { type: 'NOTE', hand }, 1);
  const { came, place } = inquire(pair);
  assert.equal(came, 'inquiry.shown');
  assert.deepEqual([place.index, place.key, place.difference], [first, 'a', null]);
});

test('what takes much memory comes in small pages, one event at least', () => {
  const pair = pairOf();
  pair.step('fickle', 'a', { type: 'ADD', by: 'x'.repeat(limits.inquiryBytesMax / 2) });
  for (const key of ['a', 'a', 'a', 'a']) pair.add(key);
  const first = pair.add('b', 1);
  const { asked, place } = inquire(pair);
  assert.ok(asked.filter((kind) => kind === 'courseRequest').length >= 5, asked.join(' '));
  assert.deepEqual([place.index, place.key], [first, 'b']);
});

test('only the answer to the last question, of whom it was put to, is heard', () => {
  const { replicas, add, last } = pairOf();
  add('a', 1);
  const questions: Question[] = [];
  const inquiry = createInquiry({
    replica: replicas[0],
    witness: theirs,
    agreed: toIndex(0),
    differing: last(),
    send: (_, question) => void questions.push({ ...question, term }),
  });
  const answerTo = (nth: number): Answer =>
    testify(replicas[1], questions[nth] ?? assert.fail()) ?? assert.fail();
  inquiry.ask('askCourse');
  inquiry.ask('askCourse');
  assert.equal(inquiry.heard(theirs, answerTo(0)), null);
  assert.equal(inquiry.heard(third, answerTo(1)), null);
  inquiry.turnTo(third, toIndex(0));
  inquiry.ask('askCourse');
  assert.equal(inquiry.heard(theirs, answerTo(1)), null);
  assert.equal(inquiry.heard(third, answerTo(2)), 'inquiry.found');
  assert.equal(inquiry.witness, third);
});
