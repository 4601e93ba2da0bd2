import assert from 'node:assert/strict';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { attended } from './attended.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const streamOf = (isTTY: boolean) => {
  const written: string[] = [];
  const write = (text: string): number => written.push(text);
  return { written, stream: { isTTY, columns: 80, write } as unknown as NodeJS.WriteStream };
};

test('in a log it says how far it is every ten seconds, however often that changes', async () => {
  const { written, stream } = streamOf(false);
  let tries = 0;
  await attended({ howFar: () => `try ${tries}`, stream }, async () => {
    while (tries < 250) {
      tries += 1;
      vi.advanceTimersByTime(100);
    }
  });
  assert.deepEqual(written, ['try 100\n', 'try 200\n']);
  vi.advanceTimersByTime(60_000);
  assert.equal(written.length, 2, 'and nothing once it is over');
});

test('on a terminal every second, in one line that is erased at the end', async () => {
  const { written, stream } = streamOf(true);
  let tries = 0;
  await attended({ howFar: () => `try ${tries}`, stream }, async () => {
    while (tries < 25) {
      tries += 1;
      vi.advanceTimersByTime(100);
    }
  });
  const erase = '\r\u001B[2K';
  assert.deepEqual(written, [`${erase}try 10`, `${erase}try 20`, erase]);
});

test('Ctrl-C once is heard by the work, twice leaves at once, and first says what must not be lost', async () => {
  const before = process.listenerCount('SIGINT');
  const said: string[] = [];
  vi.spyOn(process, 'exit').mockImplementation((status) => {
    throw new Error(`left with ${status}`);
  });
  const { written, stream } = streamOf(false);
  const work = async (isToStop: () => boolean): Promise<string> => {
    assert.ok(!isToStop());
    interrupt();
    assert.ok(isToStop());
    assert.match(written.join(''), /once more to leave at once\n$/);
    assert.throws(interrupt, /left with 130/);
    return 'done';
  };
  const leaving = (): void => void said.push('so far');
  assert.equal(await attended({ howFar: () => '', leaving, stream }, work), 'done');
  assert.deepEqual(said, ['so far']);
  assert.equal(process.listenerCount('SIGINT'), before, 'nobody listens any more');
});

/** What this file's own process does on Ctrl-C beside it is not asked. */
const interrupt = (): void => process.listeners('SIGINT').at(-1)?.('SIGINT');
