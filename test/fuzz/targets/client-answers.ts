/** What a node, or something that is none, says to a client: runtime/client. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { WebSocketServer } from 'ws';
import { connect, ConnectionLost, type Connection } from '../../../runtime/client/connection.ts';
import type { Answer, StateAnswer } from '../../../runtime/client/messages.ts';
import { framesOf, type Frame } from '../frame-lines.ts';
import { anyJson, message, oneOfTexts, type Text } from '../grammar/json.ts';
import { watchUncaught } from '../uncaught.ts';
import { inUtf8, type OpenTarget, type Target } from '../target.ts';

const patienceMs = 60_000;

/** The three questions are asked in this order, so that their ids are 1, 2 and 3. */
async function asked(connection: Connection, states: StateAnswer[]) {
  const proposal = {
    type: 'propose',
    proposalId: 'p',
    machine: 'order',
    key: '42',
    event: { type: 'PAY' },
    timeoutMs: 1,
  } as const;
  const subscription = { type: 'subscribe', machine: 'order', key: '42', afterIndex: 0 } as const;
  return Promise.allSettled([
    connection.ask({ type: 'status' }, patienceMs),
    connection.ask(proposal, patienceMs),
    connection.subscribe(subscription, (state) => states.push(state)),
  ]);
}

type Said = Readonly<Record<string, unknown>>;
const isSaid = (value: unknown): value is Said => typeof value === 'object' && value !== null;

/** By the letter of the protocol; all there is up to the first frame that breaks it. */
function messagesIn(frames: readonly Frame[]): readonly Said[] {
  const messages: Said[] = [];
  for (const { text } of frames) {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return messages;
    }
    const each: readonly unknown[] = Array.isArray(frame) ? frame : [frame];
    if (!each.every(isSaid)) return messages;
    messages.push(...each);
  }
  return messages;
}

function assertSettled(result: PromiseSettledResult<Answer>, answers: readonly Said[]): void {
  const [first] = answers;
  if (result.status === 'rejected') {
    assert.ok(result.reason instanceof ConnectionLost, String(result.reason));
    return assert.equal(first, undefined, 'an answer that came is given');
  }
  assert.ok(first, 'an answer that is given came');
  const { id: _, ...given } = first;
  // Not compared in depth: what a node says may be deeper than the stack.
  assert.deepEqual(Object.keys(result.value), Object.keys(given));
  if (typeof given['type'] === 'string') assert.equal(result.value.type, given['type']);
}

async function open(): Promise<OpenTarget> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let frames: readonly Frame[] = [];
  server.on('connection', (socket) => {
    let questions = 0;
    socket.on('message', () => {
      questions += 1;
      if (questions < 3) return;
      for (const { isBinary, text, bytes } of frames) socket.send(isBinary ? bytes : text);
      socket.close();
    });
    // A client that hears nonsense hangs up without a word.
    socket.on('error', () => {});
  });

  const uncaught = watchUncaught();
  const check = async (input: Uint8Array): Promise<void> => {
    frames = framesOf(input);
    const connection = await connect(`ws://127.0.0.1:${port}/v1/client`);
    const states: StateAnswer[] = [];
    const [status, proposal, subscription] = await asked(connection, states);
    const messages = messagesIn(frames);
    assertSettled(
      status,
      messages.filter(({ id }) => id === '1'),
    );
    assertSettled(
      proposal,
      messages.filter(({ id }) => id === '2'),
    );
    assert.ok(states.every(({ type }) => type === 'state'));
    if (subscription.status === 'fulfilled') assert.equal(subscription.value.type, 'refused');
    else assert.ok(subscription.reason instanceof ConnectionLost);
    uncaught.assertNone();
  };
  const close = async (): Promise<void> => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((done) => server.close(done));
    uncaught.close();
  };
  return { check, close };
}

const id: Text = fc.constantFrom(
  '"1"',
  '"2"',
  '"3"',
  '"3"',
  '1',
  '"4"',
  '{}',
  'null',
  '"__proto__"',
);
const snapshot: Text = message({
  status: oneOfTexts('active'),
  value: oneOfTexts('open'),
  context: anyJson,
});
const answer: Text = fc.oneof(
  message({ type: oneOfTexts('status'), id }, { node: oneOfTexts('n1'), term: anyJson }),
  message({ type: oneOfTexts('committed'), id, proposalId: oneOfTexts('p'), snapshot }),
  message({
    type: oneOfTexts('refused'),
    id,
    code: oneOfTexts('no-leader'),
    message: oneOfTexts(''),
  }),
  message({ type: oneOfTexts('unknown', 'dance'), id }),
  message({
    type: oneOfTexts('state'),
    id,
    index: fc.constantFrom('1', '2', '-1', '"1"'),
    snapshot,
  }),
);
const frame: Text = fc.oneof(
  { arbitrary: answer, weight: 4 },
  { arbitrary: fc.array(answer, { maxLength: 4 }).map((each) => `[${each.join(',')}]`), weight: 2 },
  fc.constantFrom('null', '[null]', '[[]]', '[]', '5', '"1"', '{', ''),
  anyJson,
);

export const clientAnswers: Target = {
  name: 'client-answers',
  claim: 'Each question of a client ends, with the first answer to it or with the connection',
  grammar: fc
    .array(frame, { minLength: 1, maxLength: 4 })
    .map((frames) => inUtf8(frames.join('\n'))),
  words: ['\n', '\n\0', '"id":"1"', '"id":"3"', '"type":"state"', '"__proto__":', 'null', '[]'].map(
    inUtf8,
  ),
  runsInTests: 64,
  open,
};
