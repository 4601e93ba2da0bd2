import assert from 'node:assert/strict';
import { test } from 'vitest';
import { nodeId, toTerm, type NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { realClock } from '../../runtime/clock.ts';
import { examineTransport } from '../../runtime/transport/exam.ts';
import { createMemoryNetwork, type Fate } from '../../runtime/transport/memory.ts';
import { virtualClock } from './virtual-clock.ts';

const alpha = nodeId('alpha');
const bravo = nodeId('bravo');
const numbered = (round: number): Message => ({ kind: 'heartbeatAck', term: toTerm(1), round });

examineTransport('memory', {
  test,
  pair: async () => {
    const network = createMemoryNetwork({ clock: realClock });
    return {
      start: async (node, listener) => network.join(node, listener),
      dispose: async () => {},
    };
  },
});

function pairIn(fate?: Fate) {
  const clock = virtualClock();
  const network = createMemoryNetwork({ clock, ...(fate && { fate }) });
  const join = (node: NodeId) => {
    const rounds: number[] = [];
    const links: string[] = [];
    const transport = network.join(node, {
      heard: (_, messages) => {
        for (const message of messages) if ('round' in message) rounds.push(message.round);
      },
      linkOpened: (peer) => links.push(`opened ${peer}`),
      linkLost: (peer) => links.push(`lost ${peer}`),
    });
    return { transport, rounds, links };
  };
  const a = join(alpha);
  const b = join(bravo);
  clock.advance(0);
  return { clock, network, join, a, b };
}

test('fate can lose, delay, repeat and reorder frames', () => {
  const fates: readonly (readonly number[])[] = [[], [30], [0, 10], [20], [5]];
  const { clock, a, b } = pairIn(({ frame }) => fates[frame.at(-1) ?? 0] ?? []);
  for (const round of fates.keys()) a.transport.send(bravo, [numbered(round)]);
  assert.deepEqual(b.rounds, [], 'nothing arrives in the turn it was sent in');
  clock.advance(0);
  assert.deepEqual(b.rounds, [2]);
  clock.advance(30);
  assert.deepEqual(b.rounds, [2, 4, 2, 3, 1]);
});

test('before a link is told to be open it carries nothing', () => {
  const { clock, join, a } = pairIn();
  const late = join(nodeId('charlie'));
  a.transport.send(nodeId('charlie'), [numbered(1)]);
  clock.advance(0);
  a.transport.send(nodeId('charlie'), [numbered(2)]);
  clock.advance(0);
  assert.deepEqual(late.rounds, [2]);
});

test('a one-way cut loses what goes that way, is noticed late, and heals', () => {
  const { clock, network, a, b } = pairIn();
  network.cut(alpha, bravo);
  a.transport.send(bravo, [numbered(1)]);
  b.transport.send(alpha, [numbered(2)]);
  clock.advance(1_999);
  assert.deepEqual(b.rounds, []);
  assert.deepEqual(a.rounds, [2]);
  assert.deepEqual(a.links, ['opened bravo']);
  clock.advance(1);
  assert.deepEqual(a.links, ['opened bravo', 'lost bravo']);
  assert.deepEqual(b.links, ['opened alpha'], 'the way back is whole');

  network.heal(alpha, bravo);
  clock.advance(0);
  a.transport.send(bravo, [numbered(3)]);
  clock.advance(0);
  assert.deepEqual(a.links, ['opened bravo', 'lost bravo', 'opened bravo']);
  assert.deepEqual(b.rounds, [3]);
});

test('a cut that heals before it is noticed is never told', () => {
  const { clock, network, a } = pairIn();
  network.cut(alpha, bravo);
  clock.advance(100);
  network.heal(alpha, bravo);
  clock.advance(10_000);
  assert.deepEqual(a.links, ['opened bravo']);
});

test('what was said to an earlier life does not reach the next', async () => {
  const { clock, join, a, b } = pairIn(() => [50]);
  a.transport.send(bravo, [numbered(1)]);
  await b.transport.close();
  const reborn = join(bravo);
  clock.advance(0);
  a.transport.send(bravo, [numbered(2)]);
  clock.advance(100);
  assert.deepEqual(b.rounds, []);
  assert.deepEqual(reborn.rounds, [2]);
  assert.deepEqual(a.links, ['opened bravo', 'lost bravo', 'opened bravo']);
});

test('the same sendings in the same weather arrive the same', () => {
  const run = (): number[] => {
    let draw = 1;
    const { clock, a, b } = pairIn(() => {
      draw = (draw * 48_271) % 2_147_483_647;
      return draw % 5 === 0 ? [] : [draw % 50];
    });
    for (let round = 0; round < 100; round += 1) a.transport.send(bravo, [numbered(round)]);
    clock.advance(100);
    return b.rounds;
  };
  assert.deepEqual(run(), run());
});
