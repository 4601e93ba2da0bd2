/** A chaos run that is broken off for good leaves nothing behind, or says where it is. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { eventually } from '../cluster/cluster.ts';

const top = mkdtempSync(join(tmpdir(), 'quorate-abandon-'));
const running = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of running) {
    // It takes along what it has started.
    for (const signal of leaveAtOnce) child.kill(signal);
    await once(child, 'close');
  }
  rmSync(top, { recursive: true });
});

/** Of two signals of one kind perhaps only one is heard. */
const leaveAtOnce = ['SIGINT', 'SIGTERM'] as const;

/** Processes whose command names the folder. */
const processesIn = (folder: string): readonly string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });

const ofOurs = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('quorate-'));

const isGone = (folder: string): Promise<unknown> =>
  eventually('its processes to be gone', async () => processesIn(folder).length === 0);

function chaosIn(folder: string) {
  mkdirSync(folder);
  const main = join(import.meta.dirname, 'main.ts');
  const chaos = spawn(process.execPath, ['--import', 'tsx', main, '--seconds', '3600'], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(chaos);
  let stderr = '';
  chaos.stderr.on('data', (text) => (stderr += String(text)));
  const saying = (what: string): Promise<unknown> =>
    eventually(
      `it to say “${what}”, and not only\n${stderr}`,
      async () => stderr.includes(what),
      60_000,
    );
  const ended = once(chaos, 'close').then(([status]) => {
    running.delete(chaos);
    return { status: status as number, stderr };
  });
  return { chaos, saying, ended };
}

test('told twice to stop, it leaves at once: no node runs on, and its folder is gone', async () => {
  const folder = join(top, 'twice');
  const { chaos, saying, ended } = chaosIn(folder);
  await saying(' faults; term ');
  // A fault may have killed some of them just now.
  await eventually('its nodes to run', async () => processesIn(folder).length >= 3);
  assert.equal(ofOurs(folder).length, 1);
  for (const signal of leaveAtOnce) chaos.kill(signal);
  const { status, stderr } = await ended;
  assert.equal(status, 1, stderr);
  await isGone(folder);
  assert.deepEqual(ofOurs(folder), []);
}, 120_000);

test('what is to be kept stays where it is said to be', async () => {
  const folder = join(top, 'kept');
  mkdirSync(folder);
  const code = `
    import { abandon } from ${JSON.stringify(join(import.meta.dirname, 'abandon.ts'))};
    import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1_000)', process.argv[1]]);
    child.once('spawn', () => {
      abandon({ folder: process.argv[1], nodes: new Set([{ process: child }]), keeps: process.argv[2] === 'keep' });
      process.exit(1);
    });
  `;
  const leave = async (how: string): Promise<string> => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', code, '--', folder, how];
    const leaving = spawn(process.execPath, args, { cwd: join(import.meta.dirname, '../..') });
    let stderr = '';
    leaving.stderr.on('data', (text) => (stderr += String(text)));
    await once(leaving, 'close');
    await isGone(folder);
    return stderr;
  };
  assert.equal(await leave('keep'), `What was recorded until then is in ${folder}\n`);
  assert.ok(existsSync(folder));
  assert.equal(await leave('drop'), '');
  assert.ok(!existsSync(folder));
});
