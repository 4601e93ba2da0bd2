import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { FromViewer } from '../../../runtime/inspector/question-protocol.ts';
import { Questions } from '../../../runtime/inspector/page/connection/questions.ts';
import { Subjects } from '../../../runtime/inspector/page/connection/subjects.ts';

function node(isThere = true) {
  const said: FromViewer[] = [];
  const say = (message: FromViewer): boolean => {
    if (isThere) said.push(message);
    return isThere;
  };
  return { said, say };
}

test('answers find their questions, in whichever order they come', async () => {
  const { said, say } = node();
  const questions = new Questions(say);
  const log = questions.ask({ type: 'log' }, {});
  const progress: number[] = [];
  const transfer = questions.ask(
    { type: 'transfer', to: null },
    { node: 'n2', onProgress: (done) => progress.push(done) },
  );
  assert.deepEqual(said, [
    { request: 1, type: 'log' },
    { request: 2, node: 'n2', type: 'transfer', to: null },
  ]);
  questions.hear({ request: 2, type: 'progress', done: 0.5 });
  questions.hear({ request: 2, type: 'transferring', to: 'n3' });
  questions.hear({ request: 1, type: 'log', firstIndex: 1, commitIndex: 0, entries: [] });
  // To nobody's question.
  questions.hear({ request: 9, type: 'transferring', to: null });
  assert.equal((await transfer).type, 'transferring');
  assert.equal((await log).type, 'log');
  assert.deepEqual(progress, [0.5]);
});

test('a refusal is told with its code', async () => {
  const questions = new Questions(node().say);
  const asked = questions.ask({ type: 'log' }, {});
  questions.hear({ request: 1, type: 'refused', code: 'forbidden', message: 'not allowed' });
  await assert.rejects(asked, { code: 'forbidden', message: 'not allowed' });
});

test('with the connection all questions fail, and none is asked without one', async () => {
  const questions = new Questions(node().say);
  const asked = questions.ask({ type: 'log' }, {});
  questions.fail('the connection was lost');
  await assert.rejects(asked, { code: 'connection-lost' });
  await assert.rejects(new Questions(node(false).say).ask({ type: 'log' }, {}), {
    code: 'not-connected',
  });
});

test('whatever many watch is asked for once, again on a new connection, and left by the last', () => {
  const { said, say } = node();
  const subjects = new Subjects(say);
  const subject = {
    begin: { type: 'watch', actor: 'n1' },
    end: { type: 'unwatch', actor: 'n1' },
  } as const;
  const leaveOne = subjects.enter('n1', subject);
  const leaveOther = subjects.enter('n1', subject);
  assert.deepEqual(said.splice(0), [subject.begin]);
  subjects.beginAll();
  assert.deepEqual(said.splice(0), [subject.begin]);
  assert.equal(leaveOne(), false);
  assert.deepEqual(said.splice(0), []);
  assert.equal(leaveOther(), true);
  assert.deepEqual(said.splice(0), [subject.end]);
  subjects.beginAll();
  assert.deepEqual(said, []);
});
