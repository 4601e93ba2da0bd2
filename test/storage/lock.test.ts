/** One process at a time, with real processes; and a killed one is in nobody's way. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { lockFolder } from '../../runtime/storage/lock.ts';

const parent = mkdtempSync(join(tmpdir(), 'quorate-lock-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(parent, { recursive: true });
});

const newFolder = (): string => mkdtempSync(join(parent, 'folder-'));

const top = join(import.meta.dirname, '../..');
const lockModule = pathToFileURL(join(top, 'runtime/storage/lock.ts')).href;
/** Takes the lock, says how it went, and stays until it is killed. */
const holderCode = `
  import { lockFolder } from ${JSON.stringify(lockModule)};
  setInterval(() => {}, 1_000);
  await lockFolder(process.env.FOLDER).then(
    () => console.log(process.pid + ' holds'),
    ({ code }) => console.log(process.pid + ' ' + code),
  );
`;
const holderArguments = ['--import', 'tsx', '--input-type=module', '--eval', holderCode];

function start(command: string, args: readonly string[], folder: string): ChildProcess {
  const child = spawn(command, args, {
    cwd: top,
    env: { ...process.env, FOLDER: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function sayingOf({ stdout }: ChildProcess): Promise<{ pid: number; said: string }> {
  assert.ok(stdout);
  const [line] = await once(createInterface(stdout), 'line');
  const [pid, said = ''] = String(line).split(' ');
  return { pid: Number(pid), said };
}

const refusalOf = (folder: string): Promise<QuorateError> =>
  lockFolder(folder).then(
    () => assert.fail('the lock was given away twice'),
    (refusal: unknown) => {
      assert.ok(refusal instanceof QuorateError, String(refusal));
      return refusal;
    },
  );

test('a live process keeps others out, and they learn its id; a killed one does not', async () => {
  const folder = newFolder();
  const holder = start(process.execPath, holderArguments, folder);
  const { pid, said } = await sayingOf(holder);
  expect(said).toBe('holds');

  const { code, detail, message } = await refusalOf(folder);
  expect(code).toBe('storage-in-use');
  expect(detail).toEqual({ path: folder, pid });
  expect(message).toContain(String(pid));

  holder.kill('SIGKILL');
  // Not waiting for its end: whoever takes over must see to that.
  const lock = await lockFolder(folder);
  await refusalOf(folder);
  await lock.release();
  await (await lockFolder(folder)).release();
});

test('a killed process that nobody has buried is in nobody’s way', async () => {
  const folder = newFolder();
  // The holder's parent turns into a program that never asks after its children.
  const script = '"$@" & exec sleep 1000';
  const sleeper = start('sh', ['-c', script, 'sh', process.execPath, ...holderArguments], folder);
  const { pid } = await sayingOf(sleeper);
  process.kill(pid, 'SIGKILL');
  await (await lockFolder(folder)).release();
  expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
});

test('of many processes that find the owner killed exactly one takes over', async () => {
  const folder = newFolder();
  const holder = start(process.execPath, holderArguments, folder);
  await sayingOf(holder);
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
  const rivals = [1, 2, 3].map(() => start(process.execPath, holderArguments, folder));
  const sayings = (await Promise.all(rivals.map(sayingOf))).map(({ said }) => said);
  expect(sayings.toSorted()).toEqual(['holds', 'storage-in-use', 'storage-in-use']);
});

test('of many at once exactly one gets in, whatever the lock file holds', async () => {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const startOfParent = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    .split(') ')[1]
    ?.split(' ')[19];
  const leftovers = [
    '',
    '\0\0\0',
    'half a li',
    '\n- withdrawn\n',
    `\n${process.ppid} 1 ${boot} sameNumberOtherProcess\n`,
    `\n${process.ppid} ${startOfParent} earlier-boot sameNumberOtherBoot\n`,
  ];
  for (const leftover of leftovers) {
    for (let round = 0; round < 5; round += 1) {
      const folder = newFolder();
      writeFileSync(join(folder, 'lock'), leftover);
      const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => lockFolder(folder)));
      const holders = outcomes.filter(({ status }) => status === 'fulfilled');
      assert.equal(holders.length, 1, JSON.stringify(leftover));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') await outcome.value.release();
        else assert.equal((outcome.reason as QuorateError).code, 'storage-in-use');
      }
      await (await lockFolder(folder)).release();
    }
  }
});

test('the lock may be asked for while it is released, and never is held twice', async () => {
  const folder = newFolder();
  let holders = 0;
  const contend = async (): Promise<number> => {
    let held = 0;
    for (let round = 0; round < 60; round += 1) {
      const lock = await lockFolder(folder).catch(() => null);
      if (!lock) continue;
      holders += 1;
      assert.equal(holders, 1);
      await new Promise(setImmediate);
      holders -= 1;
      held += 1;
      await lock.release();
    }
    return held;
  };
  const held = await Promise.all(Array.from({ length: 8 }, contend));
  expect(held.reduce((sum, count) => sum + count)).toBeGreaterThan(0);
});
