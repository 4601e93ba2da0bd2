import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { describe, test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import type { RefusalCode } from '../../machines/protocol/errors.ts';
import { connectBare, openDoor, untilClosed } from './surroundings.ts';

const proposal = { machine: 'order', key: '42', event: { type: 'PAY' } };
const uuid = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

type Answer = Readonly<{ status: number; headers: Headers; body: Record<string, unknown> }>;

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  assert.equal(response.headers.get('content-type'), 'application/json');
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

const post = (http: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(`${http}/v1/proposals`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('health and status', () => {
  test('live is 200 while the process serves', async () => {
    const { http } = await openDoor();
    assert.equal((await ask(`${http}/v1/health/live`)).status, 200);
  });

  test('ready is 200 when the node is, else 503 with the reason', async () => {
    const { service, http } = await openDoor();
    assert.equal((await ask(`${http}/v1/health/ready`)).status, 200);
    service.reason = 'no leader is known yet';
    const { status, body } = await ask(`${http}/v1/health/ready`);
    assert.equal(status, 503);
    assert.equal(body.reason, 'no leader is known yet');
    assert.deepEqual([body.code, body.message], ['not-ready', 'no leader is known yet']);
  });

  test('status is all that the node says of itself', async () => {
    const { service, http } = await openDoor();
    const { status, body } = await ask(`${http}/v1/status`);
    assert.equal(status, 200);
    assert.deepEqual(body, asJson(service.status()));
  });
});

describe('POST /v1/proposals', () => {
  test('is 200 when it is committed, with the answer of propose', async () => {
    const { http } = await openDoor();
    const { status, body } = await post(http, { ...proposal, id: 1, proposalId: uuid });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      type: 'committed',
      id: 1,
      proposalId: uuid,
      index: 1,
      term: 3,
      accepted: true,
      snapshot: { status: 'active', value: 'pay', context: { ballast: '', count: 1 } },
      emitted: [{ type: 'noted', index: 1 }],
    });
  });

  test('takes the whole message, too', async () => {
    const { http } = await openDoor();
    const { body } = await post(http, { ...proposal, type: 'propose', reply: 'value' });
    assert.deepEqual(body.snapshot, { status: 'active', value: 'pay' });
  });

  const statuses: Readonly<Record<RefusalCode, number>> = {
    'not-running': 409,
    'unknown-machine': 422,
    'invalid-event': 422,
    'too-large': 413,
    overloaded: 429,
    unauthorized: 401,
    'machine-error': 422,
    'no-leader': 503,
    'shutting-down': 503,
    diverged: 503,
    'bad-request': 422,
  };
  test.each(Object.entries(statuses))('refused with %s is %i', async (code, expected) => {
    const { service, http } = await openDoor();
    service.outcome = { end: 'refused', code: code as RefusalCode, message: 'for a reason' };
    const { status, headers, body } = await post(http, { ...proposal, proposalId: uuid });
    assert.equal(status, expected);
    assert.deepEqual(body, { type: 'refused', proposalId: uuid, code, message: 'for a reason' });
    const isTransient = expected === 429 || expected === 503;
    assert.equal(headers.get('retry-after'), isTransient ? '1' : null);
  });

  test('unknown is 504', async () => {
    const { service, http } = await openDoor();
    service.outcome = { end: 'unknown', message: 'it may still happen' };
    const { status, body } = await post(http, { ...proposal, proposalId: uuid });
    assert.equal(status, 504);
    assert.deepEqual(body, { type: 'unknown', proposalId: uuid, message: 'it may still happen' });
  });

  test.each([
    ['no JSON', '{', 422, 'bad-request'],
    ['an empty body', '', 422, 'bad-request'],
    ['no object', [proposal], 422, 'bad-request'],
    ['another message', { type: 'status' }, 422, 'bad-request'],
    ['no machine', { ...proposal, machine: undefined }, 422, 'bad-request'],
    ['no event', { ...proposal, event: 'PAY' }, 422, 'invalid-event'],
    ['an event of XState', { ...proposal, event: { type: 'xstate.done' } }, 422, 'invalid-event'],
    ['too long a key', { ...proposal, key: 'k'.repeat(1_000_000) }, 413, 'too-large'],
    [
      'a large event',
      { ...proposal, event: { type: 'A', d: 'x'.repeat(300_000) } },
      413,
      'too-large',
    ],
  ])('with %s never reaches the node', async (_, body, expected, code) => {
    const { service, http } = await openDoor();
    const answer = await post(http, body);
    assert.deepEqual([answer.status, answer.body.code], [expected, code]);
    assert.equal(typeof answer.body.message, 'string');
    assert.equal(service.proposed.length, 0);
  });

  test('with too large a body is 413, be its length announced or not, and the next is heard', async () => {
    const { http } = await openDoor();
    const large = 'x'.repeat(4 * limits.clientFrameBytesMax);
    assert.equal((await post(http, large)).status, 413);
    const init = { method: 'POST', body: new Blob([large]).stream(), duplex: 'half' };
    assert.equal((await ask(`${http}/v1/proposals`, init as RequestInit)).status, 413);
    assert.equal((await post(http, proposal)).status, 200);
  });

  test('with too large a body is 413 before any of it was sent', async () => {
    const { port } = await openDoor();
    const socket = await connectBare(port);
    const heard = new Promise<string>((resolve) =>
      socket.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    socket.write('POST /v1/proposals HTTP/1.1\r\nHost: n\r\nContent-Length: 1000000000\r\n\r\n');
    assert.match(await heard, /^HTTP\/1\.1 413 /);
  });

  test('whose sender waits for leave to send the body gets it, or gets 413', async () => {
    const { port } = await openDoor();
    const continued = (length: number): Promise<number> =>
      new Promise((resolve) => {
        const headers = { expect: '100-continue', 'content-length': length };
        const options = { port, method: 'POST', path: '/v1/proposals', headers };
        const asking = httpRequest(options, (response) => {
          asking.destroy();
          resolve(response.statusCode ?? 0);
        });
        asking.on('error', () => {});
        asking.on('continue', () => resolve(100));
        asking.flushHeaders();
      });
    assert.equal(await continued(100), 100);
    assert.equal(await continued(limits.clientFrameBytesMax + 1), 413);
  });
});

describe('GET /v1/machines/NAME/KEY', () => {
  test('is the instance and the index it is of', async () => {
    const { service, http } = await openDoor();
    service.apply('order', '42', { type: 'PAY' });
    const { status, body } = await ask(`${http}/v1/machines/order/42`);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      index: 1,
      exists: true,
      snapshot: { status: 'active', value: 'pay', context: { ballast: '', count: 1 } },
    });
    assert.equal(service.readRequests[0]?.consistency, 'linearizable');
  });

  test('of an instance that has not begun says so', async () => {
    const { http } = await openDoor();
    const { status, body } = await ask(`${http}/v1/machines/order/42`);
    assert.deepEqual([status, body], [200, { index: 0, exists: false, snapshot: null }]);
  });

  test('takes consistency and patience', async () => {
    const { service, http } = await openDoor();
    await ask(`${http}/v1/machines/order/42?consistency=local&timeoutMs=50`);
    const [read] = service.readRequests;
    assert.deepEqual([read?.consistency, read?.timeoutMs], ['local', 50]);
  });

  test('decodes the key, in which a slash is %2F', async () => {
    const { service, http } = await openDoor();
    await ask(`${http}/v1/machines/order/${encodeURIComponent('Köln/東京 ?#%')}`);
    assert.equal(service.readRequests[0]?.key, 'Köln/東京 ?#%');
  });

  test.each([
    ['a machine that nobody has', '/v1/machines/nobody/1', 404, 'unknown-machine'],
    ['what cannot be a machine', '/v1/machines/a%20b/1', 404, 'unknown-machine'],
    ['an unencoded slash', '/v1/machines/order/a/b', 404, 'bad-request'],
    ['no key', '/v1/machines/order', 404, 'bad-request'],
    ['an empty key', '/v1/machines/order/', 404, 'bad-request'],
    ['a lone percent sign', '/v1/machines/order/100%', 422, 'bad-request'],
    ['bytes that are no UTF-8', '/v1/machines/order/%ff', 422, 'bad-request'],
    ['a control character', '/v1/machines/order/%00', 422, 'bad-request'],
    ['too long a key', `/v1/machines/order/${'k'.repeat(600)}`, 413, 'too-large'],
    ['another consistency', '/v1/machines/order/1?consistency=no', 422, 'bad-request'],
    ['no patience', '/v1/machines/order/1?timeoutMs=x', 422, 'bad-request'],
  ])('of %s is refused', async (_, path, expected, code) => {
    const { http } = await openDoor();
    const { status, body } = await ask(`${http}${path}`);
    assert.deepEqual([status, body.code], [expected, code]);
    assert.equal(typeof body.message, 'string');
  });

  test('that the node refuses has the status of the refusal', async () => {
    const { service, http } = await openDoor();
    service.readOutcome = { end: 'refused', code: 'no-leader', message: 'nobody leads' };
    const { status, body } = await ask(`${http}/v1/machines/order/42`);
    assert.deepEqual([status, body], [503, { code: 'no-leader', message: 'nobody leads' }]);
  });
});

describe('what is not there', () => {
  test.each(['/', '/v1', '/v1/status/', '/v1/machines', '/constructor', '/../status'])(
    '%s is 404, as JSON',
    async (path) => {
      const { port } = await openDoor();
      const socket = await connectBare(port);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n`);
      const answer = await untilClosed(socket);
      assert.match(answer, /^HTTP\/1\.1 404 /);
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Record<string, unknown>;
      assert.equal(body.code, 'bad-request');
      assert.match(String(body.message), new RegExp(path));
    },
  );

  test.each([
    ['DELETE', '/v1/status', 'GET, HEAD'],
    ['POST', '/v1/machines/order/1', 'GET, HEAD'],
    ['OPTIONS', '/metrics', 'GET, HEAD'],
    ['GET', '/v1/proposals', 'POST'],
    ['PUT', '/v1/proposals', 'POST'],
  ])('%s %s is 405, and says what is allowed', async (method, path, allow) => {
    const { http } = await openDoor();
    const { status, headers, body } = await ask(`${http}${path}`, { method });
    assert.deepEqual([status, headers.get('allow')], [405, allow]);
    assert.equal(body.code, 'bad-request');
  });

  test.each(['/v1/client', '/v1/peer'])('%s without an upgrade is 426', async (path) => {
    const { port } = await openDoor();
    const socket = await connectBare(port);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n`);
    assert.match(await untilClosed(socket), /^HTTP\/1\.1 426 /);
  });
});

test.each(['/v1/status', '/v1/health/live', '/metrics', '/v1/machines/order/1'])(
  'HEAD %s is GET without the body',
  async (path) => {
    const { http } = await openDoor();
    const response = await fetch(`${http}${path}`, { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get('content-length')) > 0);
    assert.equal(await response.text(), '');
  },
);

test('the absolute form of a target counts as its path', async () => {
  const { port } = await openDoor();
  const socket = await connectBare(port);
  socket.write('GET http://n:1/v1/status?a HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n');
  assert.match(await untilClosed(socket), /^HTTP\/1\.1 200 /);
});
