import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Persist } from '../../../machines/protocol/effects.ts';
import { toTerm } from '../../../machines/protocol/ids.ts';
import type { Addressed } from '../../../machines/protocol/messages.ts';
import { diskQueue } from '../../../runtime/disk-queue.ts';
import type { StoreBatch } from '../../../runtime/storage/port.ts';
import { entriesOf, place } from '../../rules/logs.ts';
import { alpha, bravo, example, from, nodeOf, wishesOf } from '../hear.ts';

const voteIn = (term: number): Addressed => ({ to: bravo, message: example.voteGranted(term) });
const wish = (fields: Partial<Persist>): Persist => ({
  type: 'persist',
  hardState: null,
  entries: [],
  thenSend: [],
  ...fields,
});

/** A queue before a disk that is done with a write when it is told so. */
function queueBeforeSlowDisk() {
  const writes: { batch: StoreBatch; done: () => void; fail: (cause: Error) => void }[] = [];
  /** All that happened, in its order. */
  const seen: string[] = [];
  const disk = diskQueue({
    storage: {
      recovered: { hardState: null, entries: [] },
      append: (batch) =>
        new Promise((done, fail) => {
          seen.push('write');
          writes.push({ batch, done, fail });
        }),
      close: async () => {},
    },
    send: (envelopes) => {
      for (const { message } of envelopes) seen.push(`send ${message.kind} ${message.term}`);
    },
    flushed: ({ hardState, last }) =>
      void seen.push(`flushed ${hardState?.term ?? '-'} ${last?.index ?? '-'}`),
    failed: (cause) => void seen.push(`failed ${(cause as Error).message}`),
  });
  return {
    disk,
    writes,
    /** What happened since this was last asked. */
    seen: () => seen.splice(0),
    /** The present write is on disk. */
    done: async () => {
      writes.at(-1)?.done();
      await new Promise(setImmediate);
    },
    fail: async () => {
      writes.at(-1)?.fail(new Error('EIO'));
      await new Promise(setImmediate);
    },
  };
}

test('nothing is said before the flush that makes it true, and the flush is reported after (Raft §5.2)', async () => {
  const { disk, seen, done, writes } = queueBeforeSlowDisk();
  disk.add(wish({ hardState: { term: toTerm(4), votedFor: bravo }, thenSend: [voteIn(4)] }));
  assert.deepEqual(seen(), [], 'nothing happens before the turn is over');
  disk.kick();
  assert.deepEqual(seen(), ['write']);
  assert.deepEqual(writes[0]?.batch.hardState, { term: 4, votedFor: bravo });
  await done();
  assert.deepEqual(seen(), ['send voteGranted 4', 'flushed 4 -']);
});

test('a term and a vote in it, wished for one after the other, are one write (Raft figure 2)', () => {
  const { disk, writes } = queueBeforeSlowDisk();
  const node = nodeOf();
  for (const one of wishesOf(node.hear(from(bravo, example.voteRequest(8))), 'persist'))
    disk.add(one);
  disk.kick();
  assert.deepEqual(
    writes.map(({ batch }) => batch.hardState),
    [{ term: 8, votedFor: bravo }],
  );
});

test('all that gathers behind one write goes out as the next, in its order (group commit)', async () => {
  const { disk, seen, done, writes } = queueBeforeSlowDisk();
  disk.add(wish({ entries: entriesOf([4], 1) }));
  disk.kick();
  disk.add(wish({ entries: entriesOf([4, 4], 2), thenSend: [voteIn(1)] }));
  disk.kick();
  disk.add(wish({ hardState: { term: toTerm(5), votedFor: null }, thenSend: [voteIn(2)] }));
  disk.add(wish({ hardState: { term: toTerm(6), votedFor: alpha }, entries: entriesOf([5], 3) }));
  disk.kick();
  assert.equal(writes.length, 1, 'one at a time');
  await done();
  assert.deepEqual(seen(), ['write', 'flushed - 1']);
  disk.kick();
  assert.equal(writes.length, 2);
  assert.deepEqual(writes[1]?.batch.hardState, { term: 6, votedFor: alpha }, 'the latest');
  assert.deepEqual(
    writes[1]?.batch.entries.map(({ index, term }) => [index, term]),
    [
      [2, 4],
      [3, 4],
      [3, 5],
    ],
    'a replacement behind what it replaces',
  );
  await done();
  assert.deepEqual(seen(), ['write', 'send voteGranted 1', 'send voteGranted 2', 'flushed 6 3']);
});

test('what was flushed is reported as the last entry of the write, by index and term', async () => {
  const flushes: unknown[] = [];
  const disk = diskQueue({
    storage: {
      recovered: { hardState: null, entries: [] },
      append: async () => {},
      close: async () => {},
    },
    send: () => {},
    flushed: (event) => void flushes.push(event),
    failed: (cause) => assert.fail(String(cause)),
  });
  disk.add(wish({ entries: entriesOf([4, 5], 7) }));
  disk.kick();
  await disk.idle();
  assert.deepEqual(flushes, [{ type: 'disk.flushed', hardState: null, last: place(8, 5) }]);
});

test('a promise with nothing to write waits for what is being written already', async () => {
  const { disk, seen, done, writes } = queueBeforeSlowDisk();
  disk.add(wish({ entries: entriesOf([4], 1) }));
  disk.kick();
  disk.add(wish({ thenSend: [voteIn(4)] }));
  disk.kick();
  assert.deepEqual(seen(), ['write']);
  await done();
  disk.kick();
  assert.deepEqual(seen(), ['flushed - 1', 'send voteGranted 4']);
  assert.equal(writes.length, 1);
});

test('a promise about what is on disk already leaves at once, and is no write', () => {
  const { disk, seen } = queueBeforeSlowDisk();
  disk.add(wish({ thenSend: [voteIn(4)] }));
  disk.kick();
  assert.deepEqual(seen(), ['send voteGranted 4']);
  disk.kick();
  assert.deepEqual(seen(), []);
});

test('after a failed write nothing is ever sent or written again (fsync is not retried)', async () => {
  const { disk, seen, fail, done } = queueBeforeSlowDisk();
  disk.add(wish({ entries: entriesOf([4], 1), thenSend: [voteIn(4)] }));
  disk.kick();
  disk.add(wish({ thenSend: [voteIn(5)] }));
  await fail();
  assert.deepEqual(seen(), ['write', 'failed EIO']);
  disk.kick();
  disk.add(wish({ entries: entriesOf([4], 2), thenSend: [voteIn(6)] }));
  disk.kick();
  await done();
  await disk.idle();
  assert.deepEqual(seen(), []);
});

test('it is idle when nothing is being written', async () => {
  const { disk, seen, done } = queueBeforeSlowDisk();
  await disk.idle();
  disk.add(wish({ entries: entriesOf([4], 1) }));
  disk.kick();
  let isIdle = false;
  void disk.idle().then(() => (isIdle = true));
  await new Promise(setImmediate);
  assert.equal(isIdle, false);
  await done();
  assert.equal(isIdle, true);
  assert.deepEqual(seen(), ['write', 'flushed - 1']);
});
