import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { answerPage } from '../../runtime/http/page-files.ts';
import { refusedUpgrade } from '../gateway/surroundings.ts';
import { loneNode } from './lone-node.ts';
import { Viewer } from './viewer.ts';

describe('what a viewer says', () => {
  test('that means nothing is refused in a sentence, and the next is heard', async () => {
    const { viewer } = await loneNode();
    for (const [frame, sentence] of [
      ['{', /not JSON/],
      ['[]', /0 messages/],
      ['7', /is 7/],
      ['{"type":"constructor"}', /"type" is "constructor"/],
      ['{"type":"watch"}', /"actor" is missing/],
      ['{"type":"watch","actor":"n1\\u0000"}', /"actor" is/],
      ['{"type":"log","request":-1}', /"request" is -1/],
      ['{"type":"log","request":1,"limit":0}', /"limit" is 0/],
      ['{"type":"instances","request":1,"machine":"a b"}', /"machine" is "a b"/],
      ['{"type":"transfer","request":1,"to":5}', /"to" is 5/],
    ] as const) {
      const refused = viewer.next('refused');
      viewer.webSocket.send(frame);
      expect((await refused).message).toMatch(sentence);
    }
    const binary = viewer.next('refused');
    viewer.webSocket.send(Buffer.from([1, 2, 3]));
    expect((await binary).message).toMatch(/binary/);
    const { entries } = await viewer.ask({ type: 'log' });
    assert.ok(entries.length > 0);
  });

  test('is bounded: a frame too large ends the connection', async () => {
    const { viewer } = await loneNode();
    const closed = once(viewer.webSocket, 'close');
    viewer.webSocket.send('x'.repeat(limits.viewerFrameBytesMax + 1));
    const [code] = (await closed) as [number];
    assert.equal(code, 1009);
  });

  test('is bounded: nobody watches more than so much', async () => {
    const { viewer } = await loneNode();
    for (let nth = 0; nth < limits.watchesPerViewerMax; nth += 1) {
      viewer.say({ type: 'watch', actor: `n1/instance/order/${nth}` });
    }
    const refused = viewer.next('gone', ({ actor }) => actor === 'n1');
    viewer.say({ type: 'watch', actor: 'n1' });
    expect((await refused).reason).toMatch(/at most/);
    viewer.say({ type: 'unwatch', actor: 'n1/instance/order/0' });
    const seen = viewer.next('actor', ({ actor }) => actor === 'n1');
    viewer.say({ type: 'watch', actor: 'n1' });
    await seen;
  });
});

test('too many viewers are turned away, and taken again when one has left', async () => {
  const { port, viewer } = await loneNode();
  const others: Viewer[] = [];
  while (others.length < limits.viewersMax - 1) others.push(await Viewer.at(port));
  const { status, body } = await refusedUpgrade(port, '/inspect/feed');
  assert.equal(status, 503);
  assert.equal((body as { code: string }).code, 'overloaded');
  // Peers have places of their own.
  await (await Viewer.at(port, '?scope=node')).some('welcome');
  const left = once(viewer.webSocket, 'close');
  viewer.webSocket.close();
  await left;
  await (await Viewer.at(port)).some('welcome');
});

test('strangers’ pages see nothing', async () => {
  const { port } = await loneNode();
  const headers = { origin: 'http://elsewhere.example' };
  const { status } = await refusedUpgrade(port, '/inspect/feed', headers);
  assert.equal(status, 403);
});

describe('the files of the page', () => {
  async function served(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'quorate-page-'));
    await writeFile(path.join(folder, '..', `${path.basename(folder)}-secret.js`), 'secret');
    for (const [name, text] of Object.entries(files)) {
      await writeFile(path.join(folder, name), text);
    }
    const server = createServer((request, response) => {
      void answerPage(request, response, request.url ?? '', folder);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
      await rm(`${folder}-secret.js`);
    });
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  test('come with a strict policy and as what they are', async () => {
    const base = await served({ 'index.html': '<p>page', 'page.js': 'code', 'page.css': 'style' });
    for (const [name, type, text] of [
      ['', 'text/html; charset=utf-8', '<p>page'],
      ['page.js', 'text/javascript; charset=utf-8', 'code'],
      ['page.css', 'text/css; charset=utf-8', 'style'],
    ] as const) {
      const response = await fetch(`${base}/inspect/${name}`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), type);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
      assert.equal(await response.text(), text);
      const etag = response.headers.get('etag') ?? '';
      const again = await fetch(`${base}/inspect/${name}`, { headers: { 'if-none-match': etag } });
      assert.equal(again.status, 304);
    }
  });

  test('are found from /inspect as well', async () => {
    const base = await served({ 'index.html': '<script src="page.js"></script>' });
    const bare = await fetch(`${base}/inspect`, { redirect: 'error' });
    assert.equal(bare.status, 200);
    assert.equal(await bare.text(), '<script src="inspect/page.js"></script>');
  });

  test('are those of its folder, and no others', async () => {
    const base = await served({ 'index.html': '<p>page' });
    for (const name of [
      'nothing.js',
      '..%2f',
      'a/../index.html',
      '.env',
      'index.html.bak',
      '%00.js',
    ]) {
      const { status } = await fetch(`${base}/inspect/${name}`);
      assert.ok(status === 404 || name === 'a/../index.html', name);
    }
  });

  test('that are missing are missed in a sentence', async () => {
    const base = await served({});
    const response = await fetch(`${base}/inspect/`);
    assert.equal(response.status, 503);
    expect(((await response.json()) as { message: string }).message).toMatch(/npm run build/);
  });
});
