import assert from 'node:assert/strict';
import { test } from 'vitest';
import {
  bravo,
  example,
  from,
  messageKinds,
  nodeIn,
  otherStimuli,
  ways,
  wishesOf,
} from './hear.ts';

for (const way of ways) {
  test(`${way}: after a failed flush it says so, and then never wishes for anything again`, () => {
    const node = nodeIn(way);
    const farewell = node.hear({ type: 'disk.failed', reason: 'EIO' });
    assert.equal(node.role(), 'silent');
    assert.deepEqual(
      wishesOf(farewell, 'fallSilent').map(({ reason }) => reason),
      way === 'silent' ? [] : ['EIO'],
    );
    assert.deepEqual(wishesOf(farewell, 'persist'), [], 'nothing more is written');

    const term = node.term();
    const before = node.context();
    for (const kind of messageKinds) {
      for (const age of [-1, 0, 1]) {
        assert.deepEqual(node.hear(from(bravo, example[kind](term + age))), []);
      }
    }
    for (const stimulus of otherStimuli) assert.deepEqual(node.hear(stimulus), []);
    assert.deepEqual(node.wait(60_000), []);
    assert.deepEqual(node.context(), before);
    assert.deepEqual(Object.keys(node.snapshot().children), []);
  });
}
