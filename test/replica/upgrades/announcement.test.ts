/** What a node tells the log of its definitions, and when it does so again. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Chore } from '../../../machines/protocol/chore.ts';
import { announcement } from '../../../runtime/duties/announcement.ts';
import { chainOf, Fellows, names } from './fellows.ts';
import { v1, v2, v3Careless } from './orders.ts';

const [a, b] = names.slice(0, 2);

/** The first node of some, which tells them by way of a log that the test holds in its hands. */
function announcing(fellows: Fellows) {
  const [replica] = fellows.all;
  assert.ok(replica !== undefined && a !== undefined && b !== undefined);
  const put: { chore: Chore; ended: (isInLog: boolean) => void }[] = [];
  const announce = announcement({
    node: a,
    voters: [a, b],
    replica,
    desk: { put: (chore, ended) => void put.push({ chore, ended }) },
  });
  return {
    put,
    announce,
    /** What was put last goes into the log. */
    take: (): void => {
      const last = put.at(-1);
      assert.ok(last !== undefined);
      fellows.attend(last.chore);
      last.ended(true);
    },
  };
}

test('a node with one definition of everything has nothing to tell', () => {
  const { announce, put } = announcing(new Fellows(v1, v1));
  announce();
  assert.deepEqual(put, []);
});

test('one that has more tells so once, with the words of all who have a say', () => {
  const fellows = new Fellows(v2, v2);
  const { announce, put, take } = announcing(fellows);
  announce();
  announce();
  const [first] = put;
  assert.deepEqual(
    put.map(({ chore }) => chore),
    [{ type: 'knows', node: a, voters: [a, b], known: fellows.all[0]?.known, after: 0 }],
  );
  take();
  announce();
  assert.equal(put.length, 1);
  assert.ok(first !== undefined);
});

test('what did not come into the log is told again', () => {
  const { announce, put } = announcing(new Fellows(v2, v2));
  announce();
  put[0]?.ended(false);
  announce();
  assert.equal(put.length, 2);
});

test('a node that is back with less takes back what the log believes of it', () => {
  const fellows = new Fellows(v1, v2);
  fellows.tell(0, fellows.all[1]?.known);
  const { announce, put, take } = announcing(fellows);
  announce();
  assert.deepEqual(
    put.map(({ chore }) => chore.type === 'knows' && [chore.known, chore.after]),
    [[[], 2]],
  );
  take();
  announce();
  assert.equal(put.length, 1);
});

test('one that has not applied yet what it told before is put right by the log', () => {
  const fellows = new Fellows(v1, v2);
  const { announce, put } = announcing(fellows);
  fellows.tell(0, fellows.all[1]?.known);
  fellows.tell(
    0,
    [{ machine: 'order', chain: ['other'] }],
    fellows.all[0]?.knowledge.of(names[0]!)?.index,
  );
  announce();
  const [early] = put;
  assert.ok(early?.chore.type === 'knows' && early.chore.after === 3);
  fellows.tell(0, [{ machine: 'order', chain: ['another'] }]);
  fellows.tell(0, early.chore.known, early.chore.after);
  early.ended(true);
  announce();
  assert.equal(put.length, 2, 'it was not heard, so it is said again');
});

test('a process that finds a refused upgrade asks once more for it, and no more than once', () => {
  const fellows = new Fellows(v3Careless, v3Careless);
  fellows.send('42', { type: 'PAY', cents: 1 });
  const earlier = announcing(fellows);
  earlier.announce();
  earlier.take();
  fellows.tell(1);
  assert.notEqual(fellows.all[0]?.upgrades([])[0]?.refusal, null);
  earlier.announce();
  assert.equal(earlier.put.at(-1)?.chore.type, 'refused');
  earlier.take();
  earlier.announce();
  assert.equal(earlier.put.length, 2, 'the process that brought it is not restless');

  const later = announcing(fellows);
  later.announce();
  assert.equal(later.put.length, 1);
  later.take();
  assert.equal(later.put.at(-1)?.chore.type, 'knows');
  later.announce();
  later.take();
  later.announce();
  assert.deepEqual(
    later.put.map(({ chore }) => chore.type),
    ['knows', 'refused'],
  );
});

test('that an upgrade came to nothing is told until the log has it', () => {
  const fellows = new Fellows(v3Careless, v3Careless);
  fellows.send('42', { type: 'PAY', cents: 1 });
  const { announce, put, take } = announcing(fellows);
  announce();
  take();
  const { outcome } = fellows.tell(1);
  assert.ok(outcome.end === 'committed');
  announce();
  const successor = chainOf(fellows.all[0]!)[2];
  const refused = { type: 'refused', machine: 'order', successor, at: outcome.index };
  assert.deepEqual(put.at(-1)?.chore, refused);
  put.at(-1)?.ended(false);
  announce();
  assert.deepEqual(put.at(-1)?.chore, refused);
  assert.equal(put.length, 3);
  take();
  announce();
  assert.equal(put.length, 3);
});
