import assert from 'node:assert/strict';
import { test } from 'vitest';
import {
  createActor,
  getNextTransitions,
  matchesState,
  type AnyStateNode,
  type StateValue,
} from 'xstate';
import { linkMachine, type LinkEvent, type Trouble } from '../../machines/link.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { virtualClock } from '../transport/virtual-clock.ts';

const trouble: Trouble = { code: 'peer-wrong-cluster', message: 'another cluster' };

const eventOf: { readonly [Type in LinkEvent['type']]: Extract<LinkEvent, { type: Type }> } = {
  'socket.opened': { type: 'socket.opened' },
  'socket.closed': { type: 'socket.closed', reason: 'ECONNREFUSED' },
  'socket.heard': { type: 'socket.heard' },
  'socket.overflowed': { type: 'socket.overflowed' },
  'socket.garbled': { type: 'socket.garbled', reason: 'it spoke' },
  'peer.welcomed': { type: 'peer.welcomed' },
  'peer.refused': { type: 'peer.refused', trouble },
  'peer.unfit': { type: 'peer.unfit', trouble },
  'peer.arrived': { type: 'peer.arrived' },
  'operator.closes': { type: 'operator.closes' },
};

/** A link on a virtual clock, which writes down what it asks for. */
function link(seed = 7) {
  const clock = virtualClock();
  let asked: string[] = [];
  const ask = (what: string) => () => {
    asked.push(what);
  };
  const actor = createActor(
    linkMachine.provide({
      actions: {
        dial: ask('dial'),
        greet: ask('greet'),
        ping: ask('ping'),
        hangUp: (_, { why }) => ask(`hangUp ${why}`)(),
        tellOpened: ask('tellOpened'),
        tellLost: ask('tellLost'),
      },
    }),
    { input: { random: { seed } }, clock },
  );
  actor.start();
  return {
    clock,
    hear: (...types: readonly LinkEvent['type'][]) => {
      for (const type of types) actor.send(eventOf[type]);
    },
    state: () => actor.getSnapshot().value,
    context: () => actor.getSnapshot().context,
    /** What it asked for since the last time. */
    asked: () => {
      const said = asked;
      asked = [];
      return said;
    },
  };
}

function openLink() {
  const opened = link();
  opened.hear('socket.opened', 'peer.welcomed');
  opened.asked();
  return opened;
}

/** Lets the wait end and tells how long it was. */
function waitOut(one: ReturnType<typeof link>): number {
  const startMs = one.clock.nowMs();
  while (matchesState('apart', one.state())) one.clock.advance(1);
  return one.clock.nowMs() - startMs;
}

test('a link is dialed at once, greeted once it is up, and open once it is welcome', () => {
  const { hear, asked, state } = link();
  assert.deepEqual(asked(), ['dial']);
  hear('socket.opened');
  assert.deepEqual(asked(), ['greet']);
  hear('peer.welcomed');
  assert.deepEqual(asked(), ['tellOpened']);
  assert.deepEqual(state(), { open: 'heard' });
});

test('after each failure it waits longer, within a cap, and never quite as long as its neighbour', () => {
  const waitsOf = (seed: number): number[] => {
    const one = link(seed);
    return Array.from({ length: 9 }, () => {
      one.hear('socket.closed');
      return waitOut(one);
    });
  };
  const waits = waitsOf(1);
  for (const [failures, waitMs] of waits.entries()) {
    const longestMs = Math.min(limits.peerBackOffMsMin * 2 ** failures, limits.peerBackOffMsMax);
    assert.ok(
      waitMs >= longestMs / 2 && waitMs <= longestMs,
      `wait ${failures} took ${waitMs} of at most ${longestMs} ms`,
    );
  }
  assert.deepEqual(waitsOf(1), waits, 'the same seed waits the same');
  assert.notDeepEqual(waitsOf(2), waits, 'another seed waits differently');
});

test('a link that lasted until its first sign of life is dialed again soon', () => {
  const one = link();
  for (let failure = 0; failure < 6; failure += 1) {
    one.hear('socket.closed');
    waitOut(one);
  }
  one.hear('socket.opened', 'peer.welcomed');
  one.clock.advance(limits.peerPingIntervalMs);
  one.hear('socket.heard', 'socket.closed');
  assert.ok(waitOut(one) <= limits.peerBackOffMsMin);
});

test('a link that is lost at once is dialed ever later, although it opens each time', () => {
  const one = link();
  for (let failure = 0; failure < 6; failure += 1) {
    one.hear('socket.opened', 'peer.welcomed', 'socket.closed');
    waitOut(one);
  }
  one.hear('socket.opened', 'peer.welcomed', 'socket.closed');
  assert.ok(waitOut(one) >= limits.peerBackOffMsMax / 2);
});

test('a peer that takes no call, or gives no answer, is hung up on', () => {
  const silent = link();
  silent.asked();
  silent.clock.advance(limits.peerDialPatienceMs - 1);
  assert.deepEqual(silent.asked(), []);
  silent.clock.advance(1);
  assert.deepEqual(silent.asked(), ['hangUp noAnswer']);
  assert.deepEqual(silent.state(), { apart: 'waiting' });
  assert.equal(silent.context().trouble?.code, 'peer-unreachable');

  const mute = link();
  mute.hear('socket.opened');
  mute.asked();
  mute.clock.advance(limits.peerDialPatienceMs);
  assert.deepEqual(mute.asked(), ['hangUp noAnswer']);
  assert.deepEqual(mute.state(), { apart: 'waiting' });
});

test('a peer that gives a sign of life whenever asked is kept', () => {
  const { clock, hear, asked, state } = openLink();
  for (let round = 0; round < 100; round += 1) {
    clock.advance(limits.peerPingIntervalMs);
    assert.deepEqual(asked(), ['ping']);
    hear('socket.heard');
    assert.deepEqual(state(), { open: 'heard' });
  }
});

test('a peer that falls silent is asked twice and given up within two seconds', () => {
  const { clock, asked, state, context } = openLink();
  clock.advance(limits.peerPingIntervalMs + limits.peerPingPatienceMs);
  assert.deepEqual(asked(), ['ping', 'ping']);
  assert.deepEqual(state(), { open: 'askingAgain' });
  clock.advance(limits.peerPingPatienceMs);
  assert.deepEqual(asked(), ['tellLost', 'hangUp silent']);
  assert.deepEqual(state(), { apart: 'waiting' });
  assert.equal(context().trouble?.message, 'it fell silent');
  assert.ok(clock.nowMs() <= 2_000);
});

test('an answer to the second question is good enough', () => {
  const { clock, hear, state } = openLink();
  clock.advance(limits.peerPingIntervalMs + limits.peerPingPatienceMs);
  hear('socket.heard');
  assert.deepEqual(state(), { open: 'heard' });
});

test('a refusal waits longer than a failure, on whichever side it was found', () => {
  const theirs = link();
  theirs.hear('socket.opened');
  theirs.asked();
  theirs.hear('peer.refused');
  assert.deepEqual(theirs.asked(), ['hangUp refused']);
  assert.deepEqual(theirs.context().trouble, trouble);
  assert.ok(waitOut(theirs) >= limits.peerRefusedBackOffMs / 2);
  assert.deepEqual(theirs.asked(), ['dial']);

  const ours = link();
  ours.hear('socket.opened');
  ours.asked();
  ours.hear('peer.unfit');
  assert.deepEqual(ours.asked(), ['hangUp unfit']);
  assert.deepEqual(ours.state(), { apart: 'refused' });
});

test('a peer that comes to us is dialed at once, for it is up', () => {
  const waiting = link();
  waiting.hear('socket.closed');
  waiting.asked();
  waiting.hear('peer.arrived');
  assert.deepEqual(waiting.asked(), ['dial']);

  const refused = link();
  refused.hear('socket.opened', 'peer.refused');
  refused.asked();
  refused.hear('peer.arrived');
  assert.deepEqual(refused.asked(), ['dial']);
});

test('a call that may be stuck is made anew when its peer turns up, a fresh one is not', () => {
  const { clock, hear, asked, state } = link();
  asked();
  hear('peer.arrived');
  assert.deepEqual(asked(), []);
  clock.advance(limits.peerDialUsualMs);
  assert.deepEqual(state(), { dialing: 'overdue' });
  hear('peer.arrived');
  assert.deepEqual(asked(), ['hangUp noAnswer', 'dial']);
  assert.deepEqual(state(), { dialing: 'calling' });
});

test('a link that overflows or is garbled is hung up on, told as lost and dialed again', () => {
  for (const [type, why] of [
    ['socket.overflowed', 'overflowed'],
    ['socket.garbled', 'garbled'],
  ] as const) {
    const one = openLink();
    one.hear(type);
    assert.deepEqual(one.asked(), ['tellLost', `hangUp ${why}`]);
    waitOut(one);
    assert.deepEqual(one.asked(), ['dial']);
  }
});

test('an open link forgets what was wrong before', () => {
  const one = link();
  one.hear('socket.closed');
  waitOut(one);
  assert.equal(one.context().trouble?.message, 'ECONNREFUSED');
  one.hear('socket.opened', 'peer.welcomed');
  assert.equal(one.context().trouble, null);
});

test('closing ends it in every state, for good', () => {
  for (const way of waysTo) {
    const one = link();
    reach(one, way);
    one.asked();
    one.hear('operator.closes');
    assert.equal(one.state(), 'closed');
    assert.ok(one.asked().includes('hangUp closing'));
    one.clock.advance(60_000);
    assert.deepEqual(one.asked(), []);
  }
});

type Step = LinkEvent['type'] | number;
const toOpen: Step[] = ['socket.opened', 'peer.welcomed'];
const waysTo: readonly Step[][] = [
  [],
  [limits.peerDialUsualMs],
  ['socket.closed'],
  ['socket.opened'],
  ['socket.opened', 'peer.refused'],
  toOpen,
  [...toOpen, limits.peerPingIntervalMs],
  [...toOpen, limits.peerPingIntervalMs + limits.peerPingPatienceMs],
];

function reach(one: ReturnType<typeof link>, way: readonly Step[]): void {
  for (const step of way) {
    if (typeof step === 'number') one.clock.advance(step);
    else one.hear(step);
  }
}

// XState drops an event that no state mentions, without a word. So every pair must be decided in
// the chart, even if the decision is to ignore.
const statesReached = new Set<string>();
for (const way of waysTo) {
  const one = link();
  reach(one, way);
  const value: StateValue = one.state();
  statesReached.add(JSON.stringify(value));
  const snapshot = linkMachine.resolveState({ value, context: one.context() });
  const decided = new Set(getNextTransitions(snapshot).map(({ eventType }) => eventType));
  for (const type of Object.keys(eventOf)) {
    test(`${JSON.stringify(value)} has decided about ${type}`, () => {
      assert.ok(decided.has(type));
    });
  }
}

test('the walk above reaches every state that can hear anything, and each is described', () => {
  const nodesBelow = (node: AnyStateNode): AnyStateNode[] =>
    Object.values(node.states).flatMap((child) => [child, ...nodesBelow(child)]);
  const nodes = nodesBelow(linkMachine.root);
  const leaves = nodes
    .filter(({ type }) => type === 'atomic')
    .map(({ path }) => JSON.stringify(path.length === 1 ? path[0] : { [path[0] ?? '']: path[1] }));

  assert.deepEqual([...statesReached].toSorted(), leaves.toSorted());
  for (const { path, description } of nodes)
    assert.ok(description, `${path.join('.')} says what it is`);
});
