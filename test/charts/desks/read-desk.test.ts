import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { readDesk } from '../../../runtime/read-desk.ts';

function deskWithReaders(life = 1) {
  const desk = readDesk(life);
  const ends: string[] = [];
  return {
    desk,
    add: (name: string, deadlineMs = 60_000) =>
      desk.add({
        deadlineMs,
        ready: () => void ends.push(name),
        failed: ({ code }) => void ends.push(`${name} ${code}`),
      }),
    ends: () => ends.splice(0),
  };
}
const at = toIndex;

test('all readers of one turn share one question, and each question has a number of its own', () => {
  const { desk, add, ends } = deskWithReaders();
  assert.equal(desk.ask(0), null, 'nobody waits');
  add('a');
  add('b');
  const first = desk.ask(0);
  assert.notEqual(first, null);
  assert.equal(desk.ask(0), null, 'they have been asked for');
  add('c');
  const second = desk.ask(0);
  assert.notEqual(second, first);
  desk.vouched(first ?? 0, at(4), at(4));
  assert.deepEqual(ends(), ['a', 'b']);
});

test('a reader waits until everything up to its index has been applied (dissertation §6.4)', () => {
  const { desk, add, ends } = deskWithReaders();
  add('far');
  desk.vouched(desk.ask(0) ?? 0, at(9), at(4));
  add('near');
  desk.vouched(desk.ask(0) ?? 0, at(5), at(4));
  desk.applied(at(4));
  assert.deepEqual(ends(), []);
  desk.applied(at(8));
  assert.deepEqual(ends(), ['near']);
  desk.applied(at(9));
  assert.deepEqual(ends(), ['far']);
});

test('a question that failed is asked again at the next tick, under another number', () => {
  const { desk, add, ends } = deskWithReaders();
  add('a');
  const first = desk.ask(0) ?? 0;
  desk.failed(first);
  assert.equal(desk.ask(1), null, 'not at once, or it would fail as fast as it can be asked');
  desk.tick(10, false);
  const second = desk.ask(10) ?? 0;
  assert.notEqual(second, first);
  desk.vouched(first, at(1), at(9));
  assert.deepEqual(ends(), [], 'a late answer to the first is none to the second');
  desk.failed(first);
  desk.vouched(second, at(1), at(9));
  assert.deepEqual(ends(), ['a']);
});

test('every open question is put to a new leader at once; the old one’s answer comes too late', () => {
  const { desk, add, ends } = deskWithReaders();
  add('turned away');
  desk.failed(desk.ask(0) ?? 0);
  add('asked');
  const first = desk.ask(0) ?? 0;
  desk.leaderFound();
  const second = desk.ask(1) ?? 0;
  desk.vouched(first, at(1), at(9));
  assert.deepEqual(ends(), []);
  desk.vouched(second, at(1), at(9));
  assert.deepEqual(ends().toSorted(), ['asked', 'turned away']);
});

test('an answer to a question of an earlier life of this node is none to one of this life', () => {
  const lives = [0, 1, 2, 0xffff_ffff].map((life) => {
    const { desk, add } = deskWithReaders(life);
    return Array.from({ length: 100 }, () => {
      add('a');
      return desk.ask(0) ?? 0;
    });
  });
  const numbers = lives.flat();
  assert.equal(new Set(numbers).size, 400);
  assert.ok(numbers.every((number) => Number.isSafeInteger(number) && number >= 0));
});

test('a question that nobody answers is taken back after an election time-out, and asked anew', () => {
  const { desk, add, ends } = deskWithReaders();
  add('a');
  const first = desk.ask(0) ?? 0;
  desk.tick(limits.electionTimeoutMsMax - 1, false);
  assert.equal(desk.ask(limits.electionTimeoutMsMax - 1), null);
  desk.tick(limits.electionTimeoutMsMax, false);
  const second = desk.ask(limits.electionTimeoutMsMax) ?? 0;
  desk.vouched(first, at(1), at(9));
  assert.deepEqual(ends(), []);
  desk.vouched(second, at(1), at(9));
  assert.deepEqual(ends(), ['a']);
});

test('a reader whose time is up is refused, wherever it waits, and its neighbours are not', () => {
  const { desk, add, ends } = deskWithReaders();
  add('vouched for', 100);
  add('vouched for too', 900);
  desk.vouched(desk.ask(0) ?? 0, at(9), at(1));
  add('turned away', 100);
  add('turned away too', 900);
  desk.failed(desk.ask(0) ?? 0);
  add('asked', 100);
  add('asked too', 900);
  desk.ask(0);
  add('arrived', 100);
  add('arrived too', 900);
  desk.tick(99, false);
  assert.deepEqual(ends(), []);
  desk.tick(100, false);
  const late = ['arrived', 'asked', 'turned away', 'vouched for'];
  assert.deepEqual(
    ends().toSorted(),
    late.map((name) => `${name} no-leader`),
  );
  desk.tick(900, false);
  assert.deepEqual(ends().toSorted(), late.map((name) => `${name} too no-leader`).toSorted());
});

test('when nobody leads for too long, whoever has no question open is refused', () => {
  const { desk, add, ends } = deskWithReaders();
  add('asked');
  desk.ask(0);
  add('turned away');
  desk.failed(desk.ask(0) ?? 0);
  add('arrived');
  desk.tick(10, true);
  assert.deepEqual(ends().toSorted(), ['arrived no-leader', 'turned away no-leader']);
});

test('a node that stops ends every read that waits, wherever it waits, once', () => {
  const { desk, add, ends } = deskWithReaders();
  add('vouched for');
  desk.vouched(desk.ask(0) ?? 0, at(9), at(1));
  add('turned away');
  desk.failed(desk.ask(0) ?? 0);
  add('asked');
  const open = desk.ask(0) ?? 0;
  add('arrived');
  desk.close();
  const names = ['arrived', 'asked', 'turned away', 'vouched for'];
  assert.deepEqual(
    ends().toSorted(),
    names.map((name) => `${name} shutting-down`),
  );
  desk.vouched(open, at(1), at(9));
  desk.applied(at(9));
  desk.tick(60_000, true);
  desk.close();
  assert.deepEqual(ends(), []);
  // Some connections are still open, and somebody asks on them.
  add('too late');
  assert.deepEqual(ends(), ['too late shutting-down']);
});

test('no reader is answered twice, or forgotten', () => {
  const { desk, add, ends } = deskWithReaders();
  const names = Array.from({ length: 60 }, (_, nth) => `r${nth}`);
  for (const [nth, name] of names.entries()) {
    add(name, 100 + nth * 50);
    const readId = desk.ask(nth * 20);
    if (nth % 3 === 0) desk.failed(readId ?? 0);
    if (nth % 5 === 0) desk.vouched(readId ?? 0, at(nth), at(nth - 1));
    if (nth % 7 === 0) desk.applied(at(nth));
    if (nth % 13 === 0) desk.leaderFound();
    desk.tick(nth * 20, nth % 11 === 0);
  }
  desk.tick(60_000, false);
  const answered = ends().map((end) => end.replace(/ .*/, ''));
  assert.deepEqual(answered.toSorted(), names.toSorted());
});
