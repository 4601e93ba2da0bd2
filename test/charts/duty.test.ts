import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { createActor } from 'xstate';
import { dutyMachine, type DutyEvent, type DutyWish } from '../../machines/duty.ts';
import { toTerm } from '../../machines/protocol/ids.ts';

const events = {
  leading: { type: 'leader.self', term: toTerm(4), isAwaited: true },
  leadingIdly: { type: 'leader.self', term: toTerm(4), isAwaited: false },
  following: { type: 'leader.other' },
  ours: { type: 'log.applied', reign: toTerm(4), isAwaited: true },
  anEarlierOne: { type: 'log.applied', reign: toTerm(3), isAwaited: true },
  nobodys: { type: 'log.applied', reign: null, isAwaited: false },
  rang: { type: 'clock.rang' },
  failed: { type: 'chore.failed' },
} as const satisfies Record<string, DutyEvent>;
type Name = keyof typeof events;

function duty(...names: readonly Name[]) {
  const wished: DutyWish[] = [];
  const actor = createActor(
    dutyMachine.provide({ actions: { request: (_, wish: DutyWish) => void wished.push(wish) } }),
  ).start();
  for (const name of names) actor.send(events[name]);
  return {
    actor,
    send: (event: DutyEvent) => actor.send(event),
    state: (): string => actor.getSnapshot().value,
    wished: () => wished.splice(0),
  };
}

const waysTo = {
  aside: [],
  unneeded: ['leadingIdly'],
  opening: ['leading'],
  onDuty: ['leading', 'ours'],
} as const satisfies Record<string, readonly Name[]>;

/** Where it goes, and what it wishes on the way. */
const table: Readonly<Record<keyof typeof waysTo, Readonly<Record<Name, string>>>> = {
  aside: {
    leading: 'opening: tick',
    leadingIdly: 'unneeded',
    following: 'aside',
    ours: 'aside',
    anEarlierOne: 'aside',
    nobodys: 'aside',
    rang: 'aside',
    failed: 'aside',
  },
  unneeded: {
    leading: 'opening: tick',
    leadingIdly: 'unneeded',
    following: 'aside',
    ours: 'opening: tick',
    anEarlierOne: 'opening: tick',
    nobodys: 'unneeded',
    rang: 'unneeded',
    failed: 'unneeded',
  },
  opening: {
    leading: 'opening: tick',
    leadingIdly: 'unneeded',
    following: 'aside',
    ours: 'onDuty: attend',
    anEarlierOne: 'opening',
    nobodys: 'opening',
    rang: 'opening',
    failed: 'opening: tick',
  },
  onDuty: {
    leading: 'onDuty',
    leadingIdly: 'onDuty',
    following: 'aside: abandon',
    ours: 'onDuty: attend',
    anEarlierOne: 'onDuty: attend',
    nobodys: 'onDuty: attend',
    rang: 'onDuty: attend',
    failed: 'onDuty',
  },
};

for (const [state, ends] of Object.entries(table) as [keyof typeof table, Record<Name, string>][]) {
  for (const [name, end] of Object.entries(ends) as [Name, string][]) {
    test(`a node that is ${state}: ${name} → ${end}`, () => {
      const { actor, send, wished, state: now } = duty(...waysTo[state]);
      wished();
      const decided = dutyMachine.getTransitionData(actor.getSnapshot(), events[name]);
      assert.notEqual(decided.length, 0, 'it has decided about it');
      send(events[name]);
      const asked = wished();
      assert.equal(asked.length === 0 ? now() : `${now()}: ${asked.join(', ')}`, end);
    });
  }
}

test('a new term is a new reign, even if nobody else led in between', () => {
  const { send, state } = duty('leading', 'ours');
  send({ type: 'leader.self', term: toTerm(6), isAwaited: true });
  send(events.ours);
  assert.equal(state(), 'opening', 'what the last reign had put into the log opens no other');
  send({ type: 'log.applied', reign: toTerm(6), isAwaited: false });
  assert.equal(state(), 'onDuty');
});

const lives = fc.array(fc.constantFrom(...(Object.keys(events) as Name[])), { maxLength: 30 });

test('it attends to nothing but as the leader whose reign the log shows, and abandons all at its end', () => {
  fc.assert(
    fc.property(lives, (names) => {
      const { send, wished } = duty();
      /** The obvious account. */
      let leads = false;
      let isBegun = false;
      let isTicked = false;
      for (const name of names) {
        const wasBegun: boolean = isBegun;
        if (name === 'ours' && leads && isTicked) isBegun = true;
        if (name.startsWith('leading')) leads = true;
        if (name === 'following') leads = false;
        const isAnew = name.startsWith('leading') && !isBegun;
        if (isAnew || !leads) [isBegun, isTicked] = [false, false];
        send(events[name]);
        const asked = wished();
        if (asked.includes('attend')) assert.ok(isBegun);
        if (asked.includes('tick')) assert.ok(leads && !isBegun);
        isTicked ||= asked.includes('tick');
        assert.equal(asked.includes('abandon'), wasBegun && !isBegun);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('every state says what it is', () => {
  for (const { key, description } of Object.values(dutyMachine.root.states)) {
    assert.ok(description, key);
  }
});
