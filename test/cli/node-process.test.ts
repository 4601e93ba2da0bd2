import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, test } from 'vitest';
import { describeEnd, runNodeProcess } from '../../runtime/cli/cluster/node-process.ts';
import { dist } from './run-quorate.ts';

/** A test that fails must not leave its processes behind. */
const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

/** A process of Node that runs this text, as a node of `quorate start` is run. */
function running(text: string) {
  const lines: string[] = [];
  let hear: () => void = () => {};
  const child = runNodeProcess(
    [process.execPath, '--input-type=module', '--eval', text],
    (line) => {
      lines.push(line);
      hear();
    },
  );
  if (child.pid !== undefined) started.push(child.pid);
  const says = async (line: string): Promise<void> => {
    while (!lines.includes(line)) {
      await new Promise<void>((heard) => {
        hear = heard;
      });
    }
  };
  return { child, lines, says };
}

const stopRequests = pathToFileURL(join(dist, 'cli/node/stop-requests.js')).href;
/** Stays until it is asked to stop, then until it is asked again. */
const obedient = `
  import { stopRequests } from ${JSON.stringify(stopRequests)};
  const { requested, repeated } = stopRequests();
  const stay = setInterval(() => {}, 1_000);
  console.log('ready');
  const why = await requested;
  console.log('asked: ' + why);
  if (process.env.STAYS !== '1') process.exit(0);
  await repeated;
  process.exit(1);
`;

describe('a node process', () => {
  test('hands on its lines, and keeps the one that says why it failed', async () => {
    const { child, lines } = running(`
      console.log('out'); console.error('err');
      console.error('quorate: storage-in-use: another process has it\\n  and more of it');
      process.exit(1);`);
    const end = await child.ended;
    assert.deepEqual(lines.toSorted(), ['err', 'out']);
    assert.deepEqual(end, {
      code: 1,
      signal: null,
      fault: { code: 'storage-in-use', message: 'another process has it\n  and more of it' },
    });
    assert.match(describeEnd(end), /^storage-in-use: another process/);
  });

  test('says how it ended', async () => {
    const { child, says } = running(`console.log('ready'); setInterval(() => {}, 1_000);`);
    await says('ready');
    child.kill('SIGKILL');
    assert.equal(describeEnd(await child.ended), 'signal SIGKILL');
    assert.equal(describeEnd(await running('process.exit(3)').child.ended), 'exit status 3');
  });

  test('that cannot be run at all has ended', async () => {
    const end = await runNodeProcess(['/nowhere/node'], () => {}).ended;
    assert.equal(end.fault?.code, 'internal');
  });

  test('is asked to stop by SIGTERM, and leaves Ctrl-C to its supervisor', async () => {
    const { child, says, lines } = running(obedient);
    await says('ready');
    process.kill(child.pid ?? 0, 'SIGINT');
    child.kill('SIGTERM');
    assert.equal((await child.ended).code, 0);
    assert.ok(lines.includes('asked: SIGTERM'));
  });

  test('notices that its supervisor was killed', async () => {
    const supervisor = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { runNodeProcess } from ${JSON.stringify(
        pathToFileURL(join(dist, 'cli/cluster/node-process.js')).href,
      )};
       const text = ${JSON.stringify(obedient)};
       const args = [process.execPath, '--input-type=module', '--eval', text];
       const child = runNodeProcess(args, (line) => console.log(line));
       console.log('pid ' + child.pid);`,
    ]);
    let said = '';
    let pid = 0;
    supervisor.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    while (!said.includes('ready')) await once(supervisor.stdout, 'data');
    pid = Number(/pid (\d+)/.exec(said)?.[1]);
    started.push(pid);
    supervisor.kill('SIGKILL');
    await once(supervisor, 'exit');
    // It has nobody left to tell us; only its absence does.
    while (isAlive(pid)) await new Promise((turn) => setImmediate(turn));
  });
});

describe('a process that was started by hand', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`is asked to stop by ${signal}, and ends at once when asked again`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', obedient], {
        env: { ...process.env, STAYS: '1' },
      });
      if (child.pid !== undefined) started.push(child.pid);
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      while (!said.includes('ready')) await once(child.stdout, 'data');
      child.kill(signal);
      while (!said.includes(`asked: ${signal}`)) await once(child.stdout, 'data');
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [1, null]);
    });
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
