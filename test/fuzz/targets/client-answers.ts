/** What a node, or something that is none, says to a client: runtime/client. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { Type } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { WebSocketServer } from 'ws';
import { connect, ConnectionLost, type Connection } from '../../../runtime/client/connection.ts';
import { realClock } from '../../../runtime/clock.ts';
import { dialWebSocket } from '../../../runtime/client/dial-ws.ts';
import type { StateAnswer } from '../../../runtime/client/messages.ts';
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

const event = Type.Object({ type: Type.String() });
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const view = Type.Object({
  status: Type.Enum(['active', 'done', 'error', 'stopped']),
  value: Type.Union([Type.String(), Type.Object({})]),
});
const refusal = Type.Object({
  type: Type.Literal('refused'),
  code: Type.String(),
  message: Type.String(),
});
const about = {
  type: Type.Literal('state'),
  index: count,
  event: Type.Optional(event),
  accepted: Type.Optional(Type.Boolean()),
  emitted: Type.Optional(Type.Array(event)),
  resync: Type.Optional(Type.Boolean()),
};
/** What each question may be answered with, as the protocol has it. */
const kinds: Readonly<Record<string, Validator>> = {
  '1': Compile(
    Type.Union([
      Type.Object({
        type: Type.Literal('status'),
        node: Type.String(),
        role: Type.String(),
        leader: Type.Union([Type.String(), Type.Null()]),
        members: Type.Array(Type.Object({ id: Type.String(), address: Type.String() })),
      }),
      refusal,
    ]),
  ),
  '2': Compile(
    Type.Union([
      Type.Object({
        type: Type.Literal('committed'),
        proposalId: Type.String(),
        index: count,
        term: count,
        accepted: Type.Boolean(),
        snapshot: Type.Optional(Type.Union([view, Type.Null()])),
        emitted: Type.Optional(Type.Array(event)),
      }),
      refusal,
      Type.Object({ type: Type.Literal('unknown'), message: Type.String() }),
    ]),
  ),
  '3': Compile(
    Type.Union([
      Type.Object({ ...about, exists: Type.Literal(true), snapshot: view }),
      Type.Object({ ...about, exists: Type.Literal(false), snapshot: Type.Null() }),
      Type.Object({ type: Type.Literal('unsubscribed') }),
      refusal,
    ]),
  ),
};

/** By its id, the answer that ends each question; and every state before the subscription ended. */
function expected(messages: readonly Said[]) {
  const ends = new Map<string, Said>();
  const states: Said[] = [];
  for (const said of messages) {
    const { id, ...answer } = said;
    const kind = typeof id === 'string' && Object.hasOwn(kinds, id) ? kinds[id] : undefined;
    if (kind === undefined || ends.has(String(id))) continue;
    // The connection is given up, and nothing after this is heard.
    if (!kind.Check(answer)) break;
    if (answer['type'] === 'state') states.push(answer);
    else if (answer['type'] !== 'unsubscribed') ends.set(String(id), answer);
  }
  return { ends, states };
}

function assertSettled(result: PromiseSettledResult<object | null>, end: Said | undefined): void {
  if (result.status === 'rejected') {
    assert.ok(result.reason instanceof ConnectionLost, String(result.reason));
    return assert.equal(end, undefined, 'an answer that came is given');
  }
  assert.ok(end, 'an answer that is given came');
  // Not compared in depth: what a node says may be deeper than the stack.
  assert.deepEqual(Object.keys(result.value ?? {}), Object.keys(end));
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
    const connection = await connect(`ws://127.0.0.1:${port}/v1/client`, {
      dial: dialWebSocket,
      clock: realClock,
    });
    const states: StateAnswer[] = [];
    const [status, proposal, subscription] = await asked(connection, states);
    const { ends, states: due } = expected(messagesIn(frames));
    assertSettled(status, ends.get('1'));
    assertSettled(proposal, ends.get('2'));
    assertSettled(subscription, ends.get('3'));
    assert.deepEqual(
      states.map(({ index }) => index),
      due.map(({ index }) => index),
    );
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
const smallCount: Text = fc.constantFrom('0', '1', '2', '3', '-1', '"1"', '1.5');
const oneOf = (...texts: readonly string[]): Text => fc.constantFrom(...texts);
const snapshot: Text = message({
  status: oneOfTexts('active'),
  value: oneOfTexts('open'),
  context: anyJson,
});
const answer: Text = fc.oneof(
  message(
    {
      type: oneOfTexts('status'),
      id,
      node: oneOfTexts('n1'),
      role: oneOfTexts('leader'),
      leader: oneOf('"n1"', 'null'),
      members: oneOf('[]', '[{"id":"n1","address":"ws://n1"}]', '[{}]'),
    },
    { term: anyJson },
  ),
  message(
    {
      type: oneOfTexts('committed'),
      id,
      proposalId: oneOfTexts('p'),
      index: smallCount,
      term: smallCount,
      accepted: oneOf('true', 'false', '1'),
    },
    { snapshot },
  ),
  message({
    type: oneOfTexts('refused'),
    id,
    code: oneOfTexts('no-leader'),
    message: oneOfTexts(''),
  }),
  message({ type: oneOfTexts('unknown', 'dance'), id }, { message: oneOfTexts('') }),
  message(
    { type: oneOfTexts('state'), id, index: smallCount, exists: oneOf('true', 'true', 'false') },
    { snapshot, event: message({ type: oneOfTexts('PAY') }), resync: oneOf('true', '1') },
  ),
);
const frame: Text = fc.oneof(
  { arbitrary: answer, weight: 4 },
  { arbitrary: fc.array(answer, { maxLength: 4 }).map((each) => `[${each.join(',')}]`), weight: 2 },
  fc.constantFrom('null', '[null]', '[[]]', '[]', '5', '"1"', '{', ''),
  anyJson,
);

export const clientAnswers: Target = {
  name: 'client-answers',
  claim:
    'Each question of a client ends, with the first answer to it or with the connection, and nothing that is no answer is given for one',
  grammar: fc
    .array(frame, { minLength: 1, maxLength: 4 })
    .map((frames) => inUtf8(frames.join('\n'))),
  words: ['\n', '\n\0', '"id":"1"', '"id":"3"', '"type":"state"', '"__proto__":', 'null', '[]'].map(
    inUtf8,
  ),
  runsInTests: 64,
  open,
};
