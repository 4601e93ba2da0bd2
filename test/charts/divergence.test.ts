import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, getNextTransitions, matchesState, type AnyStateNode } from 'xstate';
import {
  divergenceMachine,
  type DivergenceEvent,
  type DivergenceWish,
} from '../../machines/divergence.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { virtualClock } from '../transport/virtual-clock.ts';

type Type = DivergenceEvent['type'];

function divergence() {
  const clock = virtualClock();
  let wishes: DivergenceWish[] = [];
  const actor = createActor(
    divergenceMachine.provide({ actions: { request: (_, wish) => void wishes.push(wish) } }),
    { clock },
  );
  actor.start();
  const wished = (): string => {
    const all = wishes;
    wishes = [];
    return all.join(' ');
  };
  return {
    actor,
    hear: (...types: readonly Type[]): string => {
      for (const type of types) actor.send({ type });
      return wished();
    },
    wait: (ms: number): string => {
      clock.advance(ms);
      return wished();
    },
    is: (state: Parameters<typeof matchesState>[0]): boolean =>
      matchesState(state, actor.getSnapshot().value),
  };
}

const lost = 'seclude handOver askCourse';
const inquiring = (state: string) => ({ quarantined: { inquiry: state } });

test('a node that agrees, or hears of nothing, wishes for nothing', () => {
  const { hear, wait, is } = divergence();
  assert.equal(hear('verdict.agreed', 'verdict.agreed'), '');
  assert.equal(wait(1_000_000), '');
  assert.ok(is('agreeing'));
});

test('where it is not known who is right, it is waited for; then nobody who is silent counts', () => {
  const { hear, wait, is } = divergence();
  assert.equal(hear('verdict.contested'), '');
  assert.equal(wait(limits.dissentPatienceMs - 1), '');
  // Hearing of it again does not put it off.
  assert.equal(hear('verdict.contested'), '');
  assert.equal(wait(1), 'judge');
  assert.equal(wait(limits.dissentPatienceMs), 'judge');
  hear('verdict.agreed');
  assert.ok(is('agreeing'));
  assert.equal(wait(1_000_000), '');
});

test('a node that is outvoted keeps to itself for good', () => {
  for (const before of [[], ['verdict.contested']] as const) {
    const { hear, is } = divergence();
    hear(...before);
    assert.equal(hear('verdict.outvoted'), lost);
    assert.equal(hear('verdict.agreed', 'verdict.contested', 'verdict.outvoted'), '');
    assert.ok(is('quarantined'));
  }
});

test('as long as it leads it tries to hand over', () => {
  const { hear, wait } = divergence();
  hear('verdict.outvoted', 'inquiry.found', 'inquiry.shown');
  assert.equal(wait(1_999), '');
  assert.equal(wait(1), 'handOver');
  assert.equal(wait(2_000), 'handOver');
});

test('the way of the inquiry: through the entries, to the one instance', () => {
  const { hear, is } = divergence();
  hear('verdict.outvoted');
  assert.equal(hear('inquiry.goesOn'), 'askCourse');
  assert.equal(hear('inquiry.found'), 'askState');
  assert.equal(hear('inquiry.shown'), 'tell');
  assert.ok(is(inquiring('told')));
});

test('where no entry shows it, through all instances; and again a little later', () => {
  const { hear, wait, is } = divergence();
  hear('verdict.outvoted');
  assert.equal(hear('inquiry.cameToNothing'), 'askRows');
  assert.equal(hear('inquiry.goesOn'), 'askRows');
  assert.equal(hear('inquiry.cameToNothing'), '');
  assert.ok(is(inquiring('pausing')));
  assert.equal(wait(limits.inquiryPatienceMs), 'askRows');
  assert.equal(hear('inquiry.found'), 'askState');
  // It had changed by then.
  assert.equal(hear('inquiry.cameToNothing'), '');
  assert.equal(wait(limits.inquiryPatienceMs), 'handOver askRows');
  assert.equal(hear('inquiry.found', 'inquiry.shown'), 'askState tell');
});

const ways = {
  tracing: [],
  sweeping: ['inquiry.cameToNothing'],
  reading: ['inquiry.found'],
} as const satisfies Record<string, readonly Type[]>;
const asks = { tracing: 'askCourse', sweeping: 'askRows', reading: 'askState' } as const;

for (const state of Object.keys(ways) as (keyof typeof ways)[]) {
  test(`${state}: whoever does not answer in time is left for another, and at last it tells what it knows`, () => {
    const { hear, wait, is } = divergence();
    hear('verdict.outvoted', ...ways[state]);
    const inquiries = (said: string): string => said.replace('handOver', '').trim();
    for (let nth = 0; nth < limits.inquiryAttemptsMax; nth += 1) {
      assert.equal(inquiries(wait(limits.inquiryPatienceMs)), `turnToAnother ${asks[state]}`);
    }
    assert.equal(inquiries(wait(limits.inquiryPatienceMs)), 'tell');
    assert.ok(is(inquiring('told')));
  });
}

test('an answer gives new patience', () => {
  const { hear, wait } = divergence();
  hear('verdict.outvoted');
  for (let nth = 0; nth < 3 * limits.inquiryAttemptsMax; nth += 1) {
    assert.match(wait(limits.inquiryPatienceMs), /turnToAnother askCourse/);
    assert.equal(hear('inquiry.goesOn'), 'askCourse');
  }
});

test('what differs and is never found is looked for only so often', () => {
  const { hear, wait, is } = divergence();
  hear('verdict.outvoted', 'inquiry.cameToNothing');
  for (let nth = 0; nth < limits.inquiryAttemptsMax; nth += 1) {
    assert.ok(is(inquiring('sweeping')), String(nth));
    hear('inquiry.cameToNothing');
    wait(limits.inquiryPatienceMs);
  }
  assert.ok(is(inquiring('told')));
});

test('a node that ends asks for nothing more', () => {
  for (const before of [[], ['verdict.contested'], ['verdict.outvoted']] as const) {
    const { hear, wait, actor } = divergence();
    hear(...before, 'node.stopped');
    assert.equal(wait(1_000_000), '');
    assert.equal(actor.getSnapshot().status, 'done');
  }
});

const everyEvent: readonly Type[] = [
  'verdict.agreed',
  'verdict.contested',
  'verdict.outvoted',
  'inquiry.goesOn',
  'inquiry.found',
  'inquiry.cameToNothing',
  'inquiry.shown',
  'node.stopped',
];

test('every state has decided about every event, and says what it is', () => {
  const waysIn: readonly (readonly Type[])[] = [
    [],
    ['verdict.contested'],
    ...Object.values(ways).map((way) => ['verdict.outvoted' as const, ...way]),
    ['verdict.outvoted', 'inquiry.cameToNothing', 'inquiry.cameToNothing'],
    ['verdict.outvoted', 'inquiry.found', 'inquiry.shown'],
  ];
  for (const way of waysIn) {
    const { hear, actor } = divergence();
    hear(...way);
    const snapshot = actor.getSnapshot();
    const decided = new Set(getNextTransitions(snapshot).map(({ eventType }) => eventType));
    const undecided = everyEvent.filter((type) => !decided.has(type));
    assert.deepEqual(undecided, [], JSON.stringify(snapshot.value));
  }
  const nodesBelow = (node: AnyStateNode): AnyStateNode[] =>
    Object.values(node.states).flatMap((child) => [child, ...nodesBelow(child)]);
  for (const node of nodesBelow(divergenceMachine.root)) {
    assert.ok(node.description, node.path.join('.'));
  }
});
