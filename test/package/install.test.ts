/** What a stranger gets: the packed package, installed into an empty folder, and the first command. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'vitest';
import { freePorts, root } from '../cluster/cluster.ts';

const run = promisify(execFile);

/** Some run of as many free ports: `start` takes consecutive ones. */
async function consecutivePorts(count: number): Promise<number> {
  const [first = 0] = await freePorts(1);
  return first + count < 65_536 ? first : consecutivePorts(count);
}

test('npm pack, npm install into an empty folder, npx quorate start --exit', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'quorate-package-'));
  try {
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
    const [tarball = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
    await writeFile(path.join(folder, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], {
      cwd: folder,
    });

    const port = await consecutivePorts(3);
    const { stdout } = await run('npx', ['quorate', 'start', '--exit', '--port', String(port)], {
      cwd: folder,
      timeout: 30_000,
    });
    assert.equal(
      stdout.match(/\bRunning\b/g)?.length,
      6,
      `three messages and three rows:\n${stdout}`,
    );
    assert.match(stdout, /n[123] +leader/);

    const { stdout: entry } = await run(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        'import * as q from "quorate"; console.log(Object.keys(q).sort().join())',
      ],
      { cwd: folder },
    );
    assert.match(entry, /startNode/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
