import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { connectBare, openDoor, refusedUpgrade, untilClosed } from './surroundings.ts';

const proposal = { machine: 'order', key: '42', event: { type: 'PAY' } };

describe('a browser page', () => {
  test.each([
    ['http://127.0.0.1:9', 200],
    ['http://localhost:3000', 200],
    ['http://app.localhost', 200],
    ['http://[::1]:1', 200],
    ['https://evil.example', 403],
    ['http://127.0.0.1.evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['null', 403],
    ['', 403],
  ])('of %j may propose: %i', async (origin, expected) => {
    const { service, http } = await openDoor();
    const body = JSON.stringify(proposal);
    const init = { method: 'POST', headers: { origin }, body };
    const response = await fetch(`${http}/v1/proposals`, init);
    assert.equal(response.status, expected);
    assert.equal(service.proposed.length, expected === 200 ? 1 : 0);
    const { code } = (await response.json()) as { code?: string };
    assert.equal(code, expected === 403 ? 'unauthorized' : undefined);
  });

  test('that the node itself serves may propose, by whatever name it is called', async () => {
    const { port } = await openDoor();
    const body = JSON.stringify(proposal);
    const askFrom = async (origin: string): Promise<string> => {
      const socket = await connectBare(port);
      socket.write(
        `POST /v1/proposals HTTP/1.1\r\nHost: node.example:7101\r\nOrigin: ${origin}\r\n` +
          `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return untilClosed(socket);
    };
    assert.match(await askFrom('https://node.example'), /^HTTP\/1\.1 200 /);
    assert.match(await askFrom('https://other.example'), /^HTTP\/1\.1 403 /);
  });

  test('of a stranger is not granted an upgrade, neither as a client nor as a peer', async () => {
    const { port } = await openDoor();
    for (const path of ['/v1/client', '/v1/peer']) {
      const { status, body } = await refusedUpgrade(port, path, { origin: 'http://evil.example' });
      assert.equal(status, 403);
      assert.equal((body as { code: string }).code, 'unauthorized');
    }
  });
});
