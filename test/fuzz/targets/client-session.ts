/** A client's whole connection: frames over a real WebSocket to a real door, and what it answers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { understand } from '../../../runtime/gateway/client-protocol.ts';
import { openFuzzedDoor, type FuzzedDoor } from '../fuzzed-door.ts';
import { framesOf, type Frame } from '../frame-lines.ts';
import { clientFrame, clientWords } from '../grammar/client-messages.ts';
import { inUtf8, type OpenTarget, type Target } from '../target.ts';

type Answer = Readonly<Record<string, unknown>>;

/** The last question of each input. What was asked before it has ended when it is answered. */
const lastId = 'the last one';
const lastQuestion = JSON.stringify({ type: 'read', id: lastId, machine: 'order', key: 'last' });

/** What the frames ask for, as the words that answers are counted by. */
function expected(frames: readonly Frame[]): readonly string[] {
  const asked = frames.flatMap(({ isBinary, text }) =>
    isBinary ? (['binary'] as const) : understand(text).messages.map(({ type }) => type),
  );
  return asked.filter((type) => type !== 'subscribe');
}

/** One for each answer but the states of subscriptions, of which there is no counting. */
const isCounted = (answer: Answer): boolean =>
  answer['message_type'] !== 'Acknowledgment' && !('event' in answer) && answer['id'] !== lastId;

const subscribes = ({ text }: Frame): boolean => /subscribe|\\u/.test(text);

function assertAnswered(frames: readonly Frame[], answers: readonly Answer[]): void {
  for (const answer of answers) {
    assert.match(
      String(answer['type'] ?? answer['message_type']),
      /^(committed|refused|unknown|state|unsubscribed|status|Acknowledgment|Commit)$/,
    );
    if (answer['type'] === 'refused') assert.ok(String(answer['message']).length > 5);
  }
  const counted = answers.filter(isCounted).length;
  const asked = expected(frames).length;
  if (frames.some(subscribes)) assert.ok(counted >= asked, 'each message is answered');
  else assert.equal(counted, asked, 'each message is answered once');
}

function answersOf(socket: WebSocket, frames: readonly Frame[]): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = [];
    const closed = (code: number): void => reject(new Error(`the connection was closed (${code})`));
    const heard = (data: Buffer): void => {
      const said = JSON.parse(data.toString()) as Answer | readonly Answer[];
      answers.push(...[said].flat());
      if (!answers.some(({ id }) => id === lastId)) return;
      socket.off('close', closed);
      socket.off('message', heard);
      resolve(answers);
    };
    socket.on('close', closed);
    socket.on('message', heard);
    for (const { isBinary, text, bytes } of frames) socket.send(isBinary ? bytes : text);
    socket.send(lastQuestion);
  });
}

/** The service remembers all that it was asked, so now and then there is a new one. */
const inputsPerDoor = 500;

async function open(): Promise<OpenTarget> {
  let door: FuzzedDoor | null = null;
  let socket: WebSocket | null = null;
  let inputs = 0;

  const leave = (): void => {
    socket?.terminate();
    socket = null;
  };
  const close = async (): Promise<void> => {
    leave();
    await door?.close();
    door = null;
  };
  const check = async (input: Uint8Array): Promise<void> => {
    inputs += 1;
    if (inputs % inputsPerDoor === 0) await close();
    door ??= await openFuzzedDoor();
    if (socket === null) {
      socket = new WebSocket(`ws://127.0.0.1:${door.port}/v1/client`);
      await once(socket, 'open');
    }
    const frames = framesOf(input);
    try {
      assertAnswered(frames, await answersOf(socket, frames));
    } catch (error) {
      leave();
      throw error;
    }
    door.assertWell();
    // The next input begins without subscriptions.
    if (frames.some(subscribes)) leave();
  };
  return { check, close };
}

export const clientSession: Target = {
  name: 'client-session',
  claim: 'Each message of a connection is answered, and the connection stays open',
  grammar: fc
    .array(clientFrame, { minLength: 1, maxLength: 4 })
    .map((frames) => inUtf8(frames.join('\n'))),
  words: [
    ...clientWords,
    '\n',
    '\n\0',
    '"type":"subscribe","id":1,"machine":"order","key":"42"',
  ].map(inUtf8),
  runsInTests: 64,
  open,
};
