/** A real node and a folder that it must not use: refused with a code and the remedy, nothing changed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { bin, Cluster, type NodeProcess } from './cluster.ts';

let cluster: Cluster;
let node: NodeProcess;

beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 1 });
  [node] = cluster.nodes as [NodeProcess];
}, 30_000);
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(async () => {
  if (node.process === null) cluster.run(node);
  await cluster.ready(node);
});

type Ended = Readonly<{ status: number | null; stderr: string }>;

/** Runs a node that is expected to refuse. */
function runNode(
  args: Readonly<{ id?: string; cluster?: string; data?: string; port?: number }>,
): Promise<Ended> {
  const { id = 'n1', cluster: name = 'test', data = node.data, port = 1 } = args;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, 'node', '--id', id, '--listen', `127.0.0.1:${port}`, '--data', data, '--cluster', name],
      { timeout: 15_000 },
      (_error, _stdout, stderr) => resolve({ status: child.exitCode, stderr }),
    );
  });
}

/** Everything in the folder, but for the lock, which whoever looks may touch. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name !== 'lock');
  const sums = names.map(async (name) => {
    const bytes = await readFile(path.join(folder, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

async function refuses(code: string, args: Parameters<typeof runNode>[0]): Promise<string> {
  assert.equal(node.process, null, 'else its own owner may write meanwhile');
  const data = args.data ?? node.data;
  const before = await contents(data).catch(() => null);
  const { status, stderr } = await runNode(args);
  assert.equal(status, 1, stderr);
  assert.match(stderr, new RegExp(`^quorate: ${code}: .{30,}`, 'm'));
  assert.doesNotMatch(stderr, /^\s+at /m, 'a sentence, not a stack');
  assert.deepEqual(await contents(data).catch(() => null), before, 'nothing was changed');
  return stderr;
}

test('a folder that a living node uses', async () => {
  const { status, stderr } = await runNode({});
  assert.equal(status, 1);
  assert.match(stderr, /^quorate: storage-in-use: /m);
  assert.ok(stderr.includes(String(node.process?.pid)), stderr);
  await cluster.ready(node);
});

test('a port that is taken', async () => {
  const other = path.join(path.dirname(node.data), 'other');
  const { status, stderr } = await runNode({ data: other, port: node.port });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`^quorate: port-in-use: .*${node.port}`, 'm'));
});

test('a folder of another cluster, and of another node', async () => {
  await cluster.signal(node, 'SIGTERM');
  await refuses('storage-wrong-cluster', { cluster: 'elsewhere' });
  await refuses('storage-wrong-node', { id: 'n2' });
});

test('a folder of a newer format', async () => {
  await cluster.signal(node, 'SIGTERM');
  const file = path.join(node.data, 'identity.json');
  const identity = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ ...(JSON.parse(identity) as object), format: 99 }));
  await refuses('storage-newer', {});
  await writeFile(file, identity);
});

test('a folder that cannot be one, and one that is full of something else', async () => {
  const file = path.join(path.dirname(node.data), 'a-file');
  await writeFile(file, 'not a folder');
  const { status, stderr } = await runNode({ data: file });
  assert.equal(status, 1);
  assert.match(stderr, /^quorate: storage-unwritable: /m);
  assert.equal(await readFile(file, 'utf8'), 'not a folder');

  const photos = path.join(path.dirname(node.data), 'photos');
  await mkdir(photos);
  await writeFile(path.join(photos, 'cat.jpg'), 'a cat');
  await cluster.signal(node, 'SIGTERM');
  await refuses('storage-wrong-node', { data: photos });
});

test('a disk that is full', async () => {
  // A file system of 4 MB, in a mount namespace of its own, so that nothing is left behind.
  const folder = path.join(path.dirname(node.data), 'small');
  await mkdir(folder);
  const command = `mount -t tmpfs -o size=4m none "$0" && exec "$@"`;
  const args = [bin, 'node', '--id', 'n1', '--listen', '127.0.0.1:1', '--data', folder];
  const { status, stderr } = await new Promise<Ended>((resolve) => {
    const child = execFile(
      'unshare',
      ['--map-root-user', '--mount', 'sh', '-c', command, folder, process.execPath, ...args],
      { timeout: 15_000 },
      (_error, _stdout, said) => resolve({ status: child.exitCode, stderr: said }),
    );
  });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^quorate: storage-full: .{30,}/m);
});

test('a file system that takes no files', async () => {
  const { status, stderr } = await runNode({ data: '/proc/quorate' });
  assert.equal(status, 1);
  assert.match(stderr, /^quorate: storage-unwritable: /m);
});

test('a record that rotted is named by its index, and the node does not start', async () => {
  let seventh = 0;
  for (let n = 0; n < 20; n += 1) {
    const response = await fetch(`http://127.0.0.1:${node.port}/v1/proposals`, {
      method: 'POST',
      body: JSON.stringify({
        machine: 'ledger',
        key: 'a',
        event: { type: 'APPEND', value: `grain-${String(n).padStart(3, '0')}` },
      }),
    });
    assert.equal(response.status, 200);
    if (n === 7) seventh = ((await response.json()) as { index: number }).index;
  }
  await cluster.signal(node, 'SIGKILL');
  const [segment = ''] = (await readdir(node.data)).filter((name) => name.endsWith('.segment'));
  const file = path.join(node.data, segment);
  const bytes = await readFile(file);
  const at = bytes.indexOf('grain-007');
  assert.ok(at > 0);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([(bytes[at] ?? 0) ^ 1]), 0, 1, at);

  const stderr = await refuses('storage-corrupt', {});
  assert.match(stderr, new RegExp(`log index ${seventh}\\b`), stderr);
  assert.ok(stderr.includes(segment), stderr);

  await handle.write(bytes.subarray(at, at + 1), 0, 1, at);
  await handle.close();
});
