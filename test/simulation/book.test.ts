import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { Book } from './book.ts';
import { loadsByName } from './workload/loads.ts';

const load = loadsByName('register');
const view = (value: number) => ({ status: 'active', value: {}, context: { value } }) as const;
const write = (value: number) => ({ type: 'WRITE', value });
const committed = (index: number, value: number) =>
  ({
    end: 'committed',
    index: toIndex(index),
    term: toTerm(1),
    accepted: true,
    view: view(value),
    emitted: [],
  }) as const;
const state = (index: number, value: number) => ({ index, exists: true, view: view(value) });

function newBook() {
  const found: string[] = [];
  const book = new Book((check, what) => found.push(`${check}: ${what}`));
  const propose = (value: number, id = 'p') => book.propose(load, 'k', 'ann', write(value), id);
  const read = () => book.read(load, 'k', 'bob');
  const nowhere = () => null;
  return { book, found, propose, read, nowhere };
}

test('what the order of the log explains is right, and nothing is searched for', () => {
  const { book, found, propose, read, nowhere } = newBook();
  const [one, two] = [propose(1), propose(2)];
  two.committed(committed(7, 2));
  one.committed(committed(9, 1));
  read().read(state(9, 1));
  book.judge(nowhere, 0);
  assert.deepEqual(found, []);
});

test('what nobody was told the end of has its place in the log, too', () => {
  const { book, found, propose, read, nowhere } = newBook();
  propose(1, 'lost').unknown();
  read().read(state(4, 1));
  book.judge((id) => (id === 'lost' ? 4 : null), 0);
  assert.deepEqual(found, []);
  book.judge(nowhere, 0);
  assert.match(found.join(), /^linearizable: register\/k: .* none was found in 0 steps$/);
});

test('where the order of the log does not explain it, any other will do', () => {
  const { book, found, propose, read, nowhere } = newBook();
  const [one, two] = [propose(1), propose(2)];
  two.committed(committed(9, 2));
  one.committed(committed(7, 1));
  read().read(state(9, 1));
  book.judge(nowhere);
  assert.deepEqual(found, []);
});

test('where none does, that is found', () => {
  const { book, found, propose, read, nowhere } = newBook();
  propose(1).committed(committed(7, 1));
  const refused = propose(3);
  refused.refused();
  read().read(state(8, 3));
  book.judge(nowhere);
  assert.match(found.join(), /^linearizable: register\/k: Not linearizable/);
});

test('the log may not turn round what was one after the other', () => {
  const { book, found, propose, read, nowhere } = newBook();
  propose(1).committed(committed(9, 1));
  propose(2).committed(committed(7, 2));
  read().read(state(9, 1));
  book.judge(nowhere);
  assert.match(found.join(), /^linearizable: /);
});
