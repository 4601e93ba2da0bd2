/** Raw bytes on the port that a node listens on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { openFuzzedDoor, type FuzzedDoor } from '../fuzzed-door.ts';
import { proposeBody } from '../grammar/client-messages.ts';
import { anyJson, type Text } from '../grammar/json.ts';
import { inUtf8, type OpenTarget, type Target } from '../target.ts';

const inputsPerDoor = 500;

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Somebody else, whose request goes through meanwhile: what was sent before has arrived by then. */
async function passBy(other: Socket): Promise<void> {
  other.write('GET /v1/health/live HTTP/1.1\r\nHost: other\r\n\r\n');
  const [answer] = (await once(other, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/, 'others are served');
}

/** All that comes back until both sides have hung up. A reset is an end like any other. */
async function said(port: number, input: Uint8Array, other: Socket): Promise<string> {
  const socket = await connected(port);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(input);
  await passBy(other);
  // Outcomes come a turn later than requests.
  await passBy(other);
  socket.end();
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

const oneWholeRequest =
  /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) \/[\w/]* HTTP\/1\.1\r\nHost: [a-z0-9.:]+\r\n\r\n$/;

function assertAnswers(input: Uint8Array, answers: string): void {
  const sent = Buffer.from(input).toString('latin1');
  if (answers === '')
    return assert.doesNotMatch(sent, oneWholeRequest, 'what is whole is answered');
  const [head = '', ...rest] = answers.split('\r\n\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
  assert.ok(status !== undefined, 'what comes back is HTTP');
  assert.doesNotMatch(answers, /^HTTP\/1\.1 (500|502)/m, 'nothing breaks behind the door');

  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  if (!/^content-type: application\/json/im.test(head) || sent.startsWith('HEAD')) return;
  const body = Buffer.from(rest.join('\r\n\r\n').slice(0, length), 'latin1');
  assert.equal(body.length, length, 'an answer is whole');
  const problem = JSON.parse(body.toString()) as Record<string, unknown>;
  if (Number(status) < 400) return;
  assert.match(String(problem['code'] ?? problem['type']), /^[a-z-]+$/);
  assert.equal(typeof problem['message'], 'string');
}

async function open(): Promise<OpenTarget> {
  let door: FuzzedDoor | null = null;
  let other: Socket | null = null;
  let inputs = 0;
  const close = async (): Promise<void> => {
    other?.destroy();
    other = null;
    await door?.close();
    door = null;
  };
  const check = async (input: Uint8Array): Promise<void> => {
    inputs += 1;
    if (inputs % inputsPerDoor === 0) await close();
    door ??= await openFuzzedDoor();
    other ??= await connected(door.port);
    const answers = await said(door.port, input, other);
    door.assertWell();
    assertAnswers(input, answers);
  };
  return { check, close };
}

const method: Text = fc.constantFrom(
  'GET',
  'GET',
  'HEAD',
  'POST',
  'POST',
  'PUT',
  'OPTIONS',
  'CONNECT',
  'X',
);
const instance = fc
  .tuple(
    fc.constantFrom('order', 'nobody', '__proto__', '%41', '%', 'a%2Fb', ''),
    fc.constantFrom('42', 'a%2Fb', '%ff', '%ED%A0%80', '%00', '', 'a/b', '%F0%9F%98%80'),
    fc.constantFrom(
      '',
      '?consistency=local',
      '?consistency=x&timeoutMs=1',
      '?timeoutMs=NaN',
      '?%ff=%',
    ),
  )
  .map(([machine, key, query]) => `/v1/machines/${machine}/${key}${query}`);
const path: Text = fc.oneof(
  { arbitrary: instance, weight: 3 },
  fc.constantFrom(
    '/v1/proposals',
    '/v1/proposals',
    '/v1/status',
    '/metrics',
    '/v1/client',
    '/v1/peer',
    '/v1/health/ready',
    '/inspect',
    '*',
    '//',
    'http://a/v1/status',
    'http://[/v1/status',
    '/../v1/status',
    '?',
  ),
);
const header: Text = fc.constantFrom(
  'Origin: http://evil.example',
  'Origin: null',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 1',
  'Sec-WebSocket-Extensions: permessage-deflate; x="',
  'Sec-WebSocket-Protocol: ,',
  'Expect: 100-continue',
  'Expect: nothing',
  'Transfer-Encoding: chunked',
  'Content-Length: 5',
  'Content-Length: 99999999999',
  'Content-Length: -1',
  'Connection: close',
  'Host: b',
  'X: \x80',
  `X: ${'x'.repeat(9_000)}`,
);
const body = fc.oneof({ arbitrary: proposeBody, weight: 3 }, anyJson);
const request: Text = fc
  .tuple(
    method,
    path,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', ''),
    fc.array(header, { maxLength: 3 }),
    fc.option(body),
    fc.nat({ max: 9 }),
  )
  .map(([verb, target, version, headers, text, framing]) => {
    const head = [`${verb} ${target} ${version}`, 'Host: 127.0.0.1', ...headers];
    if (text === null) return `${head.join('\r\n')}\r\n\r\n`;
    const bytes = Buffer.byteLength(text);
    if (framing === 0) {
      return `${head.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    }
    const claimed = framing === 1 ? bytes + 1 : framing === 2 ? Math.max(0, bytes - 1) : bytes;
    return `${head.join('\r\n')}\r\nContent-Length: ${claimed}\r\n\r\n${text}`;
  });

/** Right in all but the body. */
const posted: Text = fc
  .oneof(body, fc.constantFrom('', '{', 'null', '[]', '{"type":"read"}'))
  .map(
    (text) =>
      'POST /v1/proposals HTTP/1.1\r\nHost: a\r\n' +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );

/** A handshake, and then frames that no client would send. */
const upgrade = fc
  .tuple(
    fc.constantFrom('/v1/client', '/v1/peer', '/v1/nobody'),
    fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 3 }),
    fc.constantFrom(0x81, 0x82, 0x88, 0x89, 0xc1, 0x01, 0x80, 0xf1),
  )
  .map(([to, pieces, first]) =>
    Buffer.concat([
      Buffer.from(
        `GET ${to} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      ),
      // A masked frame, with a mask of zeros.
      ...pieces.map((piece) => Buffer.from([first, 0x80 | piece.length, 0, 0, 0, 0, ...piece])),
    ]),
  );

export const httpRequests: Target = {
  name: 'http-requests',
  claim: 'Whatever is sent is answered in HTTP, or the connection is closed; others are served on',
  grammar: fc.oneof(
    { arbitrary: request.map(inUtf8), weight: 3 },
    { arbitrary: posted.map(inUtf8), weight: 2 },
    {
      arbitrary: fc.array(request, { maxLength: 3 }).map((each) => inUtf8(each.join(''))),
      weight: 1,
    },
    { arbitrary: upgrade.map((bytes) => new Uint8Array(bytes)), weight: 2 },
  ),
  words: [
    '\r\n',
    '\n',
    '\r\n\r\n',
    ': ',
    'HTTP/1.1',
    'Content-Length: 0\r\n',
    'Upgrade: x\r\n',
    '%',
    '\0',
  ].map(inUtf8),
  runsInTests: 64,
  open,
};
