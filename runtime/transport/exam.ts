/**
 * What any transport must do. The WebSocket transport and the one in memory sit this exam; so can
 * yours. It needs no test framework but a `test` function, and never waits for time to pass.
 */
import assert from 'node:assert/strict';
import {
  emptyEnd,
  nodeId,
  proposalId,
  toIndex,
  toTerm,
  type NodeId,
} from '../../machines/protocol/ids.ts';
import type { Message, MessageKind, MessageOf } from '../../machines/protocol/messages.ts';
import type { Transport, TransportListener } from './port.ts';

/** Two places in one network, `alpha` and `bravo`, that know of each other. */
export type ExamPair = Readonly<{
  /** Brings that node's transport up; again, after it was closed, with nothing remembered. */
  start(node: NodeId, listener: TransportListener): Promise<Transport>;
  dispose(): Promise<void>;
}>;

export type Exam = Readonly<{
  test: (title: string, run: () => Promise<void>) => void;
  pair: () => Promise<ExamPair>;
}>;

const alpha = nodeId('alpha');
const bravo = nodeId('bravo');

type Told =
  | Readonly<{ told: 'heard'; from: NodeId; messages: readonly Message[] }>
  | Readonly<{ told: 'linkOpened' | 'linkLost'; peer: NodeId }>;

/** Writes down what a transport tells, and wakes whoever waits for it. */
function recorder() {
  const told: Told[] = [];
  let waiting: (() => void)[] = [];
  const note = (what: Told): void => {
    told.push(what);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  const listener: TransportListener = {
    heard: (from, messages) => note({ told: 'heard', from, messages }),
    linkOpened: (peer) => note({ told: 'linkOpened', peer }),
    linkLost: (peer) => note({ told: 'linkLost', peer }),
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((wake) => waiting.push(wake));
  };
  return {
    listener,
    told: told as readonly Told[],
    batches: () => told.filter((what) => what.told === 'heard'),
    heard: () => told.flatMap((what) => (what.told === 'heard' ? what.messages : [])),
    links: () => told.flatMap((what) => (what.told === 'heard' ? [] : [what.told])),
    until,
    untilLinks: (...expected: readonly Told['told'][]) =>
      until(() => {
        const links = told.flatMap((what) => (what.told === 'heard' ? [] : [what.told]));
        return links.join() === expected.join();
      }),
  };
}

const payload = new Uint8Array([0, 1, 127, 128, 255]);
const term = toTerm(7);
const last = { index: toIndex(41), term: toTerm(6) };

const oneOfEachKind: { readonly [Kind in MessageKind]: MessageOf<Kind> } = {
  preVoteRequest: { kind: 'preVoteRequest', term, last },
  preVoteGranted: { kind: 'preVoteGranted', term, forTerm: toTerm(8) },
  preVoteRefused: { kind: 'preVoteRefused', term, forTerm: toTerm(8) },
  voteRequest: { kind: 'voteRequest', term, last, transfer: true },
  voteGranted: { kind: 'voteGranted', term },
  voteRefused: { kind: 'voteRefused', term },
  append: {
    kind: 'append',
    term,
    prev: last,
    entries: (['noop', 'command', 'configuration'] as const).map((kind, place) => ({
      index: toIndex(42 + place),
      term,
      kind,
      timeMs: 1_234.5 + place,
      seed: 0xffff_ffff - place,
      payload: kind === 'command' ? payload : new Uint8Array(),
    })),
    commitIndex: toIndex(Number.MAX_SAFE_INTEGER),
  },
  appendAccepted: { kind: 'appendAccepted', term, matchIndex: toIndex(44) },
  appendRefused: { kind: 'appendRefused', term, prevIndex: toIndex(9), hint: emptyEnd },
  heartbeat: { kind: 'heartbeat', term, commitIndex: toIndex(43), round: 2 ** 40 },
  heartbeatAck: { kind: 'heartbeatAck', term, round: 2 ** 40 },
  commit: { kind: 'commit', term, commitIndex: toIndex(44) },
  timeoutNow: { kind: 'timeoutNow', term },
  forward: {
    kind: 'forward',
    term,
    proposals: [payload, new Uint8Array(70_000).fill(7)].map((bytes, place) => ({
      proposalId: proposalId(`0192d4e0-7b8a-7c3d-8e4f-00000000000${place}`),
      payload: bytes,
    })),
  },
  forwardRefused: {
    kind: 'forwardRefused',
    term,
    proposalIds: [proposalId('0192d4e0-7b8a-7c3d-8e4f-000000000000')],
    code: 'no-leader',
    message: 'nobody leads – “yet”',
  },
  readIndexRequest: { kind: 'readIndexRequest', term, readId: 1 },
  readIndexGranted: { kind: 'readIndexGranted', term, readId: 1, index: toIndex(44) },
  readIndexRefused: { kind: 'readIndexRefused', term, readId: 2 },
  stateDigests: {
    kind: 'stateDigests',
    term,
    checkpoints: [{ index: toIndex(64), digest: '00ff00ff00ff00ff' }],
    quarantined: true,
  },
  courseRequest: {
    kind: 'courseRequest',
    term,
    inquiry: 1,
    after: toIndex(3),
    through: toIndex(64),
  },
  course: {
    kind: 'course',
    term,
    inquiry: 1,
    forgotten: toIndex(2),
    through: toIndex(64),
    states: [{ index: toIndex(5), digest: 'fedcba9876543210' }],
  },
  rowsRequest: { kind: 'rowsRequest', term, inquiry: 2, after: toIndex(3), from: 7 },
  rows: {
    kind: 'rows',
    term,
    inquiry: 2,
    rows: [{ machine: 'order', key: '42 – “α”', index: toIndex(5), digest: '0123456789abcdef' }],
    next: null,
  },
  stateRequest: {
    kind: 'stateRequest',
    term,
    inquiry: 3,
    index: toIndex(5),
    machine: '',
    key: '',
  },
  stateInFull: {
    kind: 'stateInFull',
    term,
    inquiry: 3,
    machine: 'order',
    key: '42',
    text: '{"status":"active"}',
  },
};

const numbered = (round: number): Message => ({ kind: 'heartbeatAck', term, round });

export function examineTransport(name: string, { test, pair }: Exam): void {
  /** Both nodes up, and each with an open link to the other. */
  async function met(): Promise<Meeting> {
    const network = await pair();
    const a = recorder();
    const b = recorder();
    const transportA = await network.start(alpha, a.listener);
    const transportB = await network.start(bravo, b.listener);
    await Promise.all([a.untilLinks('linkOpened'), b.untilLinks('linkOpened')]);
    return { network, a, b, transportA, transportB };
  }
  const examine = (title: string, run: (meeting: Meeting) => Promise<void>): void =>
    test(`${name}: ${title}`, async () => {
      const meeting = await met();
      try {
        await run(meeting);
      } finally {
        await meeting.network.dispose();
      }
    });

  examine('messages of every kind arrive intact', async ({ a, b, transportA, transportB }) => {
    const messages = Object.values(oneOfEachKind);
    transportA.send(bravo, messages);
    transportB.send(alpha, messages);
    await a.until(() => a.heard().length === messages.length);
    await b.until(() => b.heard().length === messages.length);
    assert.deepEqual(b.heard(), messages);
    assert.deepEqual(a.heard(), messages);
    assert.deepEqual(b.batches()[0], { told: 'heard', from: alpha, messages });
  });

  examine('on a quiet link messages arrive in order', async ({ b, transportA }) => {
    const messages = Array.from({ length: 1_000 }, (_, round) => numbered(round));
    for (const message of messages) transportA.send(bravo, [message]);
    await b.until(() => b.heard().length === messages.length);
    assert.deepEqual(b.heard(), messages);
  });

  examine('what is sent as one is heard as one', async ({ b, transportA }) => {
    const sizes = [1, 7, 300, 2];
    for (const size of sizes) {
      transportA.send(
        bravo,
        Array.from({ length: size }, (_, round) => numbered(round)),
      );
    }
    await b.until(() => b.batches().length === sizes.length);
    assert.deepEqual(
      b.batches().map((batch) => (batch.told === 'heard' ? batch.messages.length : 0)),
      sizes,
    );
  });

  examine('a link is lost when the other side stops', async ({ a, transportB }) => {
    await transportB.close();
    await a.untilLinks('linkOpened', 'linkLost');
  });

  examine('what is said to a node that is down is gone', async (meeting) => {
    const { network, a, transportA, transportB } = meeting;
    await transportB.close();
    await a.untilLinks('linkOpened', 'linkLost');
    for (let round = 0; round < 10_000; round += 1) transportA.send(bravo, [numbered(round)]);
    transportA.send(nodeId('nobody'), [numbered(0)]);

    const reborn = recorder();
    await network.start(bravo, reborn.listener);
    await a.untilLinks('linkOpened', 'linkLost', 'linkOpened');
    transportA.send(bravo, [numbered(10_001)]);
    await reborn.until(() => reborn.heard().length > 0);
    assert.deepEqual(reborn.heard(), [numbered(10_001)]);
  });

  examine('after a restart both sides find each other again', async (meeting) => {
    const { network, a, transportA, transportB } = meeting;
    await transportB.close();
    const reborn = recorder();
    const transportReborn = await network.start(bravo, reborn.listener);
    await a.untilLinks('linkOpened', 'linkLost', 'linkOpened');
    await reborn.untilLinks('linkOpened');

    transportA.send(bravo, [numbered(1)]);
    transportReborn.send(alpha, [numbered(2)]);
    await reborn.until(() => reborn.heard().length > 0);
    await a.until(() => a.heard().length > 0);
    assert.deepEqual(reborn.heard(), [numbered(1)]);
    assert.deepEqual(a.heard(), [numbered(2)]);
  });

  examine('closing is final, and may be asked for twice', async (meeting) => {
    const { a, b, transportA, transportB } = meeting;
    const toldBefore = b.told.length;
    await transportB.close();
    await a.untilLinks('linkOpened', 'linkLost');
    transportA.send(bravo, [numbered(1)]);
    transportB.send(alpha, [numbered(2)]);
    await transportB.close();
    await transportA.close();
    assert.equal(b.told.length, toldBefore, 'a closed transport tells nothing');
    assert.deepEqual(a.heard(), [], 'and sends nothing');
  });
}

type Meeting = Readonly<{
  network: ExamPair;
  a: ReturnType<typeof recorder>;
  b: ReturnType<typeof recorder>;
  transportA: Transport;
  transportB: Transport;
}>;
