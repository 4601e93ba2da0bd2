import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, test } from 'vitest';
import { WebSocket } from 'ws';
import { bin, quorate } from './run-quorate.ts';
import { fakeNode, nobody } from './fake-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'run.trace');
writeFileSync(
  file,
  [
    '       1.000ms  a  comes up, as process 1',
    '       1.000ms  a  is {"lifecycle":"Init","role":{"follower":"recording"}}',
    '       2.000ms  a  is leader in term 1',
  ].join('\n'),
);

describe('a trace', () => {
  const running = spawn(process.execPath, [bin, 'inspect', '--trace', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  afterAll(() => running.kill('SIGKILL'));
  const address = once(createInterface(running.stdout), 'line').then(([line]) => String(line));

  test('is served as a page, which nothing outside may change', async () => {
    const page = await fetch(await address);
    assert.equal(page.status, 200);
    assert.match(String(page.headers.get('content-security-policy')), /default-src 'none'/);
    assert.match(await page.text(), /<title>Quorate inspector<\/title>/);
  });

  test('answers in the words of the feed, and garbage with a sentence', async () => {
    const feed = new WebSocket((await address).replace('http:', 'ws:').replace(/$/, 'feed'));
    const frames: Record<string, unknown>[] = [];
    const isHeard = (type: string) => () => frames.find((each) => each['type'] === type);
    feed.on('message', (data) => {
      frames.push(...(JSON.parse((data as Buffer).toString()) as Record<string, unknown>[]));
      feed.emit('heard');
    });
    const hear = async (find: () => Record<string, unknown> | undefined) => {
      while (find() === undefined) await once(feed, 'heard');
      return find();
    };
    const welcome = await hear(isHeard('welcome'));
    assert.equal(welcome?.['source'], 'trace');
    feed.send('{');
    assert.match(String((await hear(isHeard('refused')))?.['message']), /not JSON/);
    feed.send(JSON.stringify({ type: 'seek', request: 1, step: 3 }));
    assert.equal((await hear(isHeard('sought')))?.['step'], 3);
    feed.close();
  });

  test('has no other WebSocket, and none for a page of elsewhere', async () => {
    const at = (await address).replace('http:', 'ws:');
    const refused = async (url: string, origin?: string): Promise<unknown> => {
      const socket = new WebSocket(url, origin === undefined ? {} : { origin });
      const [, response] = await once(socket, 'unexpected-response');
      return (response as { statusCode: number }).statusCode;
    };
    assert.equal(await refused(`${at}elsewhere`), 404);
    assert.equal(await refused(`${at}feed`, 'https://example.com'), 403);
  });

  test('ends with Ctrl-C in good order, with a viewer connected', async () => {
    const feed = new WebSocket(`${(await address).replace('http:', 'ws:')}feed`);
    await once(feed, 'message');
    running.kill('SIGINT');
    const [[status], [code]] = await Promise.all([once(running, 'exit'), once(feed, 'close')]);
    assert.equal(status, 0);
    assert.equal(code, 1001);
  });
});

describe('what cannot be opened is one line that says what to do', () => {
  const ends = async (args: readonly string[], says: RegExp): Promise<void> => {
    const { status, stdout, stderr } = await quorate('inspect', ...args);
    assert.match(stderr, says);
    assert.equal(stdout, '');
    assert.equal(status, 1);
  };

  test('a trace that is not there', () =>
    ends(['--trace', join(folder, 'none')], /^quorate: trace-unreadable: .*ENOENT.*--trace FILE/));
  test('a trace that is a folder', () =>
    ends(['--trace', folder], /^quorate: trace-unreadable: .*EISDIR/));
  test('what is no trace', () => ends(['--trace', bin], /^quorate: trace-unreadable: .*no line/));

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await ends(['--trace', file, '--port', String(port)], /^quorate: port-in-use: /);
    other.close();
  });

  test('no node that answers', async () => {
    await ends(['--url', await nobody()], /^quorate: cluster-unreachable: /);
  });
});

test('the page of the first node that answers is named', async () => {
  const node = await fakeNode(() => ({
    type: 'status',
    node: 'n1',
    role: 'leader',
    leader: 'n1',
    members: [],
  }));
  const { status, stdout } = await quorate('inspect', '--url', await nobody(), '--url', node.url);
  const at = new URL(node.url);
  assert.equal(stdout, `http://${at.host}/inspect\n`);
  assert.equal(status, 0);
  await node.close();
});
