/** What goes wrong is the seed's choice alone, and every kind has its turn. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { chance } from '../world/random.ts';
import { wireUnder } from './faults/wire-faults.ts';
import { type Fault, processFaults, scheduleOf, wireFaults } from './schedule.ts';

const first = (seed: number, count: number): readonly Fault[] => {
  const schedule = scheduleOf(chance(seed, 'chaos'), processFaults, 3);
  return Array.from({ length: count }, () => schedule.next().value);
};

test('the same seed gives the same schedule, and another seed another one', () => {
  assert.deepEqual(first(1, 40), first(1, 40));
  assert.notDeepEqual(first(1, 40), first(2, 40));
});

test('the first round has each kind once, and those after it have all but the costly one', () => {
  const kinds = first(7, 13).map(({ kind }) => kind);
  assert.deepEqual(new Set(kinds.slice(0, 7)), new Set(processFaults));
  assert.deepEqual(
    new Set(kinds.slice(7)),
    new Set(processFaults.filter((k) => k !== 'full-disk')),
  );
});

const anyFault: Fault = {
  kind: 'cut',
  order: [0, 1, 2, 3, 4],
  leaderFirst: false,
  count: 5,
  reach: 'peers',
  strength: 50,
  towards: true,
  holdMs: 1_000,
  restMs: 1_000,
};
const five = ['n1', 'n2', 'n3', 'n4', 'n5'];
const ways = five.flatMap((from) => five.filter((to) => to !== from).map((to) => ({ from, to })));
/** Who is out of whose reach, either way. */
const broken = (kind: (typeof wireFaults)[number], fault = anyFault): readonly string[] =>
  ways
    .filter((wire) => wireUnder({ ...fault, kind }, five, wire) !== null)
    .map(({ from, to }) => `${from}${to}`);

test('a partition leaves a majority among themselves, whole', () => {
  const cut = broken('partition');
  assert.equal(cut.length, 2 * 2 * 3);
  for (const pair of ['n3n4', 'n4n5', 'n5n3', 'n1n2']) assert.ok(!cut.includes(pair), pair);
});

test('a bridge is heard by all, and the halves do not hear each other', () => {
  const cut = broken('bridge');
  assert.deepEqual(
    new Set(cut),
    new Set(['n2n4', 'n2n5', 'n3n4', 'n3n5', 'n4n2', 'n5n2', 'n4n3', 'n5n3']),
  );
});

test('silence in one direction is the same direction on both wires of a pair', () => {
  for (const towards of [true, false]) {
    const fault = { ...anyFault, towards, count: 1 };
    for (const kind of ['one-way', 'one-way-partition'] as const) {
      const dialled = wireUnder({ ...fault, kind }, five, { from: 'n3', to: 'n1' });
      const dialling = wireUnder({ ...fault, kind }, five, { from: 'n1', to: 'n3' });
      const deaf = { there: 'silent', back: 'whole' };
      const mute = { there: 'whole', back: 'silent' };
      assert.deepEqual(dialled, towards ? deaf : mute, kind);
      assert.deepEqual(dialling, towards ? mute : deaf, kind);
    }
  }
});

test.each(wireFaults)('%s touches some wires and not all of them', (kind) => {
  const touched = broken(kind).length;
  assert.ok(touched > 0 && touched < ways.length, `${touched}`);
});
