import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { createActor, type AnyStateNode } from 'xstate';
import {
  effectMachine,
  type EffectEvent,
  type EffectInput,
  type EffectWish,
  lost,
} from '../../machines/effect.ts';
import type { Said } from '../../machines/protocol/chore.ts';

const word = (type: string): Said => ({ to: 'parent', event: { type } });

const events = {
  claimed: { type: 'log.claimed' },
  reported: { type: 'log.reported' },
  failed: { type: 'log.failed' },
  said: { type: 'effect.said', said: word('more') },
  finished: { type: 'effect.finished' },
  over: { type: 'effect.over' },
} as const satisfies Record<string, EffectEvent>;
type Name = keyof typeof events;

/** What it wishes, and what it would report: in this order. */
type Wished = EffectWish | `report ${string}`;

function effect(input: EffectInput) {
  let wished: Wished[] = [];
  const actor = createActor(
    effectMachine.provide({
      actions: {
        request({ context }, wish: EffectWish) {
          const [said] = context.unsaid;
          if (wish !== 'report') wished.push(wish);
          else if (said?.to === 'failure') wished.push(`report ${String(said.error)}`);
          else wished.push(`report ${said?.event.type}`);
        },
      },
    }),
    { input },
  ).start();
  return {
    actor,
    send: (event: EffectEvent) => actor.send(event),
    /** Since this was last asked. */
    wished: () => wished.splice(0),
    state: (): string => {
      const { value } = actor.getSnapshot();
      return typeof value === 'string' ? value : `${Object.keys(value)[0]}`;
    },
    unsaid: () => actor.getSnapshot().context.unsaid,
  };
}

const invocation: EffectInput = { kind: 'invocation', isOnce: false, isClaimed: false };
const once: EffectInput = { ...invocation, isOnce: true };

/** Each state, by the shortest way there. */
const waysTo = {
  claiming: [once],
  running: [invocation],
  reporting: [invocation, 'said'],
  'reporting with more to say': [invocation, 'said', 'said'],
  finishing: [{ ...invocation, kind: 'action' }, 'finished'],
  delivering: [{ ...invocation, kind: 'sending' }],
} as const satisfies Record<string, readonly [EffectInput, ...Name[]]>;

function effectAfter(way: readonly [EffectInput, ...Name[]]) {
  const [input, ...names] = way;
  const made = effect(input);
  for (const name of names) made.send(events[name]);
  made.wished();
  return made;
}

/** Where it goes, and what it wishes on the way. */
const table: Readonly<Record<keyof typeof waysTo, Readonly<Record<Name, string>>>> = {
  claiming: {
    claimed: 'running: run',
    reported: 'claiming',
    failed: 'claiming: claim',
    said: 'claiming',
    finished: 'claiming',
    over: 'over: stop',
  },
  running: {
    claimed: 'running',
    reported: 'running',
    failed: 'running',
    said: 'reporting: report more',
    finished: 'finishing: finish',
    over: 'over: stop',
  },
  reporting: {
    claimed: 'reporting',
    reported: 'running',
    failed: 'reporting: report more',
    said: 'reporting',
    finished: 'reporting',
    over: 'over: stop',
  },
  'reporting with more to say': {
    claimed: 'reporting',
    reported: 'reporting: report more',
    failed: 'reporting: report more',
    said: 'reporting',
    finished: 'reporting',
    over: 'over: stop',
  },
  finishing: {
    claimed: 'finishing',
    reported: 'finishing',
    failed: 'finishing: finish',
    said: 'finishing',
    finished: 'finishing',
    over: 'over: stop',
  },
  delivering: {
    claimed: 'delivering',
    reported: 'delivering: deliver',
    failed: 'delivering: deliver',
    said: 'delivering',
    finished: 'delivering',
    over: 'over: stop',
  },
};

for (const [state, ends] of Object.entries(table) as [keyof typeof table, Record<Name, string>][]) {
  for (const [name, end] of Object.entries(ends) as [Name, string][]) {
    test(`an effect that is ${state}: ${name} → ${end}`, () => {
      const { actor, send, wished, state: now } = effectAfter(waysTo[state]);
      const before = actor.getSnapshot();
      const decided = effectMachine.getTransitionData(before, events[name]);
      assert.notEqual(decided.length, 0, 'it has decided about it');
      send(events[name]);
      const asked = wished();
      assert.equal(asked.length === 0 ? now() : `${now()}: ${asked.join(', ')}`, end);
    });
  }
}

const beginnings: readonly (readonly [EffectInput, string])[] = [
  [invocation, 'run'],
  [once, 'claim'],
  [{ ...once, isClaimed: true }, `report ${String(lost.to === 'failure' && lost.error)}`],
  [{ ...invocation, kind: 'telling' }, 'run'],
  [{ ...invocation, kind: 'action' }, 'run'],
  [{ kind: 'action', isOnce: true, isClaimed: false }, 'claim'],
  // Whether it was done is not known, and nobody can be told.
  [{ kind: 'action', isOnce: true, isClaimed: true }, 'finish'],
  [{ ...invocation, kind: 'sending' }, 'deliver'],
];
for (const [input, wish] of beginnings) {
  test(`${JSON.stringify(input)} begins with: ${wish}`, () => {
    assert.deepEqual(effect(input).wished(), [wish]);
  });
}

test('the error of an effect that is lost has a code', () => {
  assert.equal(lost.to, 'failure');
  assert.equal((lost.error as { code?: unknown }).code, 'effect-lost');
});

test('what it says is reported one by one, each when the one before is in the log', () => {
  const { send, wished } = effectAfter([invocation]);
  for (const type of ['one', 'two', 'three']) send({ type: 'effect.said', said: word(type) });
  assert.deepEqual(wished(), ['report one']);
  send(events.failed);
  assert.deepEqual(wished(), ['report one']);
  send(events.reported);
  assert.deepEqual(wished(), ['report two']);
  send(events.reported);
  send({ type: 'effect.said', said: word('four') });
  assert.deepEqual(wished(), ['report three']);
  send(events.reported);
  send(events.reported);
  assert.deepEqual(wished(), ['report four']);
});

const lives = fc.array(fc.constantFrom(...(Object.keys(events) as Name[])), { maxLength: 20 });
const inputs = fc.record({
  kind: fc.constantFrom<EffectInput['kind']>('invocation', 'telling', 'action', 'sending'),
  isOnce: fc.boolean(),
  isClaimed: fc.boolean(),
});

test('whatever happens it is begun once at most, by nobody but who may, and over once', () => {
  fc.assert(
    fc.property(inputs, lives, (input, names) => {
      const { send, wished, state } = effect(input);
      const all: Wished[] = [...wished()];
      let isOurs = false;
      for (const name of names) {
        if (state() === 'over') break;
        isOurs ||= name === 'claimed';
        send(events[name]);
        const asked = wished();
        if (asked.includes('run') && input.isOnce) assert.ok(isOurs, 'the log says that it may');
        all.push(...asked);
      }
      const runs = all.filter((wish) => wish === 'run').length;
      assert.ok(runs <= 1);
      if (input.isClaimed || input.kind === 'sending') assert.equal(runs, 0);
      assert.equal(all.filter((wish) => wish === 'stop').length, state() === 'over' ? 1 : 0);
    }),
    { numRuns: 2_000 },
  );
});

test('nothing that it says is lost or repeated, whatever fails', () => {
  const steps = fc.array(fc.constantFrom('say', 'reported', 'failed'), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (names) => {
      const { send, wished, unsaid } = effectAfter([invocation]);
      const said: string[] = [];
      const inLog: string[] = [];
      let underWay: string | null = null;
      for (const name of names) {
        if (name === 'say') {
          said.push(`w${said.length}`);
          send({ type: 'effect.said', said: word(said.at(-1) ?? '') });
        } else if (underWay !== null) {
          if (name === 'reported') inLog.push(underWay);
          underWay = null;
          send(name === 'reported' ? events.reported : events.failed);
        }
        for (const wish of wished()) underWay = wish.replace('report ', '');
      }
      const left = unsaid().map((each) => (each.to === 'failure' ? '?' : each.event.type));
      assert.deepEqual([...inLog, ...left], said);
    }),
    { numRuns: 1_000 },
  );
});

test('every state that lasts says what it is', () => {
  const nodesBelow = (node: AnyStateNode): AnyStateNode[] =>
    Object.values(node.states).flatMap((child) => [child, ...nodesBelow(child)]);
  const passing = new Set(['deciding', 'beginning', 'quiet', 'over']);
  for (const { key, path, description, after } of nodesBelow(effectMachine.root)) {
    assert.ok(passing.has(key) || description, path.join('.'));
    assert.deepEqual(after, [], 'no timer of its own: there may be thousands');
  }
});
