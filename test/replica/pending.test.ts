import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { toTerm } from '../../machines/protocol/ids.ts';
import {
  afterChanges,
  type Change,
  nothingPending,
  type Pending,
  type Wish,
  withClaim,
  withoutEffects,
  withoutTimer,
  withWord,
} from '../../machines/replica/pending.ts';

const never = (): boolean => false;
const at = (index: number, timeMs = 0) => ({ index, term: toTerm(1), timeMs });
const first = { ...at(1), timeMs: 100 };

const schedule = (id: string | null, delayMs: number, from = 'x:0'): Change => ({
  type: 'schedule',
  delayed: { from, to: from, id, event: { type: 'RING' }, delayMs },
});
const cancel = (id: string, from = 'x:0'): Change => ({ type: 'cancel', from, id });
const over = (session: string): Change => ({ type: 'over', session });
const action: Wish = {
  kind: 'action',
  name: 'ring',
  run: () => {},
  args: { context: {}, event: {} },
  params: undefined,
};
const telling = (session: string): Wish => ({ kind: 'telling', session, event: { type: 'HI' } });
const wish = (of: Wish): Change => ({ type: 'wish', wish: of });

const after = (changes: readonly Change[], before = nothingPending, when = first): Pending =>
  afterChanges(before, changes, when, never);
const dues = ({ timers }: Pending): readonly number[] => timers.map(({ dueMs }) => dueMs);
const fired = (pending: Pending, timer: number): Pending => {
  const found = pending.timers.find((each) => each.timer === timer);
  assert.ok(found !== undefined);
  return withoutTimer(pending, found);
};

describe('deadlines', () => {
  test('are counted from the time of the entry, and numbered as long as the instance lives', () => {
    const one = after([schedule('a', 50), schedule('b', 0)]);
    assert.deepEqual(
      one.timers.map(({ timer, dueMs, delayMs, term }) => [timer, dueMs, delayMs, term]),
      [
        [0, 150, 50, 1],
        [1, 100, 0, 1],
      ],
    );
    const two = after([cancel('a'), cancel('b'), schedule('c', 5)], one, at(2, 200));
    assert.deepEqual(
      two.timers.map(({ timer, dueMs }) => [timer, dueMs]),
      [[2, 205]],
    );
  });

  test.each([
    ['before now', -5, 100],
    ['no number', Number.NaN, 100],
    ['never', Infinity, Number.MAX_SAFE_INTEGER],
    ['longer than a timer of Node.js can be', 90 * 86_400_000, 100 + 90 * 86_400_000],
  ])('of a delay that is %s have a time all the same', (_, delayMs, dueMs) => {
    assert.deepEqual(dues(after([schedule('a', delayMs)])), [dueMs]);
  });

  test('are called off by the id that their own sender gave them', () => {
    const pending = after([schedule('a', 1), schedule('a', 2, 'x:1'), schedule('b', 3)]);
    assert.deepEqual(dues(after([cancel('a')], pending)), [102, 103]);
    assert.deepEqual(dues(after([cancel('a', 'x:1')], pending)), [101, 103]);
    assert.equal(after([cancel('c')], pending), pending, 'nothing has changed');
  });

  test('without an id end with their sender, and not before', () => {
    const pending = after([schedule(null, 1), schedule(null, 2)]);
    assert.equal(after([cancel('null')], pending), pending);
    assert.deepEqual(dues(after([over('x:0')], pending)), []);
  });
});

describe('two deadlines under one id, as XState has it', () => {
  const both = after([schedule('a', 10), schedule('a', 20)]);

  test('are both kept, and only the later can be called off', () => {
    assert.deepEqual(dues(both), [110, 120]);
    const left = after([cancel('a')], both);
    assert.deepEqual(dues(left), [110]);
    assert.equal(after([cancel('a')], left), left);
  });

  test('none can be called off when any of them has fired', () => {
    const left = fired(both, 0);
    assert.deepEqual(dues(left), [120]);
    assert.equal(after([cancel('a')], left), left);
    assert.deepEqual(dues(after([cancel('a')], after([schedule('a', 30)], left))), [120]);
  });

  test('the one that has lost its name outlives even its sender', () => {
    assert.deepEqual(dues(after([over('x:0')], both)), [110]);
  });
});

describe('effects', () => {
  test('are named by the entry that brought them', () => {
    const one = after([wish(action), schedule(null, 1), wish(telling('x:1'))], undefined, at(7));
    const two = after([wish(action)], one, at(9));
    assert.deepEqual(
      two.effects.map(({ id }) => id),
      ['7.0', '7.1', '9.0'],
    );
  });

  test('of an actor end with it; actions stay, whoever took them', () => {
    const pending = after([wish(telling('x:1')), wish(action), wish(telling('x:2'))]);
    assert.deepEqual(
      after([over('x:1')], pending).effects.map(({ wish: { kind } }) => kind),
      ['action', 'telling'],
    );
  });

  test('of which some must not be begun twice say so', () => {
    const { effects } = afterChanges(
      nothingPending,
      [wish(action), wish(telling('x:1'))],
      first,
      ({ kind }) => kind === 'action',
    );
    assert.deepEqual(
      effects.map(({ isOnce }) => isOnce),
      [true, false],
    );
  });

  test('are claimed and finished by their ids', () => {
    const pending = after([wish(action), wish(action)]);
    const claimed = withClaim(pending, '1.1', toTerm(4));
    assert.deepEqual(
      claimed.effects.map(({ claimedIn }) => claimedIn),
      [null, 4],
    );
    assert.deepEqual(
      withoutEffects(claimed, ['1.0', '5.5']).effects.map(({ id }) => id),
      ['1.1'],
    );
  });

  test('are heard once a word, in the order in which their leader numbers them', () => {
    const [four, five] = [toTerm(4), toTerm(5)];
    const pending = withWord(after([wish(action), wish(action)]), '1.0', { term: four, word: 7 });
    assert.ok(pending);
    for (const word of [7, 6]) {
      assert.equal(withWord(pending, '1.0', { term: four, word }), null);
      assert.ok(withWord(pending, '1.1', { term: four, word }), 'the other one has not said it');
      assert.ok(withWord(pending, '1.0', { term: five, word }), 'the next leader counts anew');
    }
    const later = withWord(pending, '1.0', { term: four, word: 8 });
    assert.deepEqual(
      later?.effects.map(({ heard }) => heard),
      [{ term: four, word: 8 }, null],
    );
  });
});

test('what has not changed is the same object, so that nobody looks at it again', () => {
  const pending = after([schedule('a', 1), wish(action)]);
  assert.equal(after([], pending), pending);
  assert.equal(after([over('x:9'), cancel('z')], pending), pending);
  assert.equal(after([cancel('a')], pending).effects, pending.effects);
  assert.equal(after([wish(action)], pending).timers, pending.timers);
});

test('what was pending before is left as it was', () => {
  const pending = after([schedule('a', 10), wish(telling('x:1'))]);
  const told = JSON.stringify(pending);
  after([schedule('a', 5), cancel('a'), over('x:1'), over('x:0'), wish(action)], pending);
  fired(pending, 0);
  withClaim(pending, '1.0', toTerm(2));
  assert.equal(JSON.stringify(pending), told);
});
