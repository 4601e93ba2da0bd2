import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { nodeId, type NodeId } from '../../machines/protocol/ids.ts';
import { judge, type Verdict } from '../../machines/rules/dissent.ts';

const named = (names: string): NodeId[] => names.split('').map(nodeId);

type Case = Readonly<{ leader?: string; late?: boolean; voters?: string }>;

/** Of a, where the nodes have said what stands behind them: `a1 b1 c2`. */
function verdict(said: string, { leader, late = false, voters = 'abc' }: Case = {}): string {
  const words = said.split(' ').filter((word) => word !== '');
  const testimonies = new Map(words.map((word) => [nodeId(word[0] ?? ''), word.slice(1)]));
  const found: Verdict = judge(testimonies, {
    self: nodeId('a'),
    voters: named(voters),
    leader: leader === undefined ? null : nodeId(leader),
    isLate: late,
  });
  const by = 'by' in found ? ` ${found.by.join('')}` : '';
  return `${found.type}${by}${'rule' in found ? ` ${found.rule}` : ''}`;
}

test('a node agrees with a majority that it is of, whatever the rest say', () => {
  assert.equal(verdict('a1 b1'), 'agreed');
  assert.equal(verdict('a1 b1 c2'), 'agreed');
  assert.equal(verdict('a1', { voters: 'a' }), 'agreed');
  assert.equal(verdict('a1 b1 c1 d2 e3', { voters: 'abcde' }), 'agreed');
});

test('as long as too few have said anything, and nothing else, nothing is known', () => {
  assert.equal(verdict('a1'), 'unheard');
  assert.equal(verdict('a1 b1', { voters: 'abcde' }), 'unheard');
  assert.equal(verdict('b1 c1'), 'unheard');
  assert.equal(verdict(''), 'unheard');
});

test('a node that differs from what a majority came to is wrong, were it the leader', () => {
  assert.equal(verdict('a1 b2 c2', { leader: 'a' }), 'outvoted bc majority');
  assert.equal(verdict('a1 b2 c2 d2 e1', { voters: 'abcde' }), 'outvoted bcd majority');
  assert.equal(verdict('a1 b2 c2 d2', { voters: 'abcde' }), 'outvoted bcd majority');
});

test('as long as a majority may yet be found, it is waited for', () => {
  assert.equal(verdict('a1 b2', { leader: 'b' }), 'contested b');
  assert.equal(verdict('a1 b2 c3', { leader: 'b', voters: 'abcde' }), 'contested bc');
});

test('where none can be, or has not been found in time, the leader is believed', () => {
  assert.equal(verdict('a1 b2', { leader: 'b', voters: 'ab' }), 'outvoted b leader');
  assert.equal(verdict('a1 b2', { leader: 'a', voters: 'ab' }), 'agreed');
  assert.equal(verdict('a1 b2 c3', { leader: 'c' }), 'outvoted c leader');
  assert.equal(verdict('a1 b2', { leader: 'b', late: true }), 'outvoted b leader');
  assert.equal(verdict('a1 b2', { leader: 'a', late: true }), 'agreed');
});

test('where it is not known what the leader came to, nobody is believed', () => {
  assert.equal(verdict('a1 b2', { leader: 'c', late: true }), 'contested b');
  assert.equal(verdict('a1 b2 c3'), 'contested bc');
});

test('whoever does not vote is not asked', () => {
  assert.equal(verdict('a1 b1 x2 y2 z2'), 'agreed');
  assert.equal(verdict('a1 x2 y2'), 'unheard');
});

test('of all nodes, those that are not outvoted came to the same, once all have spoken', () => {
  const voters = named('abcde');
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('1', '2', '3'), { minLength: 5, maxLength: 5 }),
      fc.constantFrom(...voters),
      (said, leader) => {
        const testimonies = new Map(voters.map((voter, nth) => [voter, said[nth] ?? '']));
        const verdicts = voters.map((self) =>
          judge(testimonies, { self, voters, leader, isLate: false }),
        );
        const right = said.filter((_, nth) => verdicts[nth]?.type === 'agreed');
        assert.ok(right.length > 0, 'somebody is right');
        assert.equal(new Set(right).size, 1, 'and there is one truth');
        assert.ok(verdicts.every(({ type }) => type === 'agreed' || type === 'outvoted'));
      },
    ),
  );
});
