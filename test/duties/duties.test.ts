import assert from 'node:assert/strict';
import { test } from 'vitest';
import { fromCallback, fromPromise } from 'xstate';
import { nodeId, toTerm, type Term } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { createAgenda } from '../../machines/replica/agenda.ts';
import {
  type Effect,
  nothingPending,
  type Pending,
  rootSession,
  type Timer,
  withoutTimer,
} from '../../machines/replica/pending.ts';
import { createReign } from '../../machines/replica/reign.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import { dutiesOf } from '../../runtime/duties/duties.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { effectOf, fakeDesk, fakeLogger, invocationOf, nth, parentActor } from './surroundings.ts';

const alpha = nodeId('alpha');
const bravo = nodeId('bravo');
const four = toTerm(4);
const six = toTerm(6);

const lateMs = 1_000_000;

const timerAt = (dueMs: number, timer = 0): Timer => ({
  timer,
  dueMs,
  from: rootSession,
  to: rootSession,
  id: `t${timer}`,
  event: { type: 'RING' },
  delayMs: dueMs,
  term: four,
  isAdrift: false,
});

function open() {
  const { desk, puts } = fakeDesk();
  const { logger } = fakeLogger();
  const clock = virtualClock();
  const agenda = createAgenda();
  const reign = createReign();
  const instances = new Map<string, Pending>();
  let lifecycle: Replica['lifecycle'] = 'Running';
  const duties = dutiesOf({
    node: alpha,
    parent: parentActor(),
    replica: {
      agenda,
      reign,
      get lifecycle() {
        return lifecycle;
      },
    } as Replica,
    clock,
    logger,
    desk,
    sendTo() {},
    clusterTimeMs: () => clock.nowMs(),
  });

  const becomes = (key: string, after: Pending): void => {
    agenda.changed('order', key, instances.get(key) ?? nothingPending, after);
    instances.set(key, after);
  };
  /** The log brings it about that this instance waits for that. */
  const waits = (key: string, { timers = [], effects = [] }: Partial<Pending>): void => {
    becomes(key, { ...nothingPending, timers, effects });
    duties.applied();
  };
  /** For an effect that nobody will ever run: nothing is put into the log for it. */
  const someoneWaits = (): void =>
    becomes('bystander', {
      ...nothingPending,
      effects: [effectOf({ kind: 'telling', session: 'x:9', event: { type: 'HELLO' } })],
    });
  const fired = ({ key, timer }: Readonly<{ key: string; timer: number }>): void => {
    const before = instances.get(key) ?? nothingPending;
    becomes(key, withoutTimer(before, timerAt(0, timer)));
  };
  const ticked = (node = alpha, term: Term = four): void => {
    reign.tick({ node, term, wallMs: clock.wallMs(), timeMs: clock.nowMs() });
    duties.applied();
  };
  return {
    duties,
    clock,
    puts,
    waits,
    someoneWaits,
    ticked,
    is: (state: typeof lifecycle): void => {
      lifecycle = state;
      duties.applied();
    },
    /** The chores since this was last asked, all of them applied now. */
    done: (): string[] => {
      const all = puts();
      for (const { chore, end } of all) {
        if (chore.type === 'fire') fired(chore);
        end(true);
      }
      duties.applied();
      return all.map(({ chore }) =>
        chore.type === 'fire' ? `fire ${chore.key} ${chore.timer}` : chore.type,
      );
    },
    /** While an instance waits for something late, or the log would not hear of it. */
    lead: (term: Term = four): void => {
      becomes('late', { ...nothingPending, timers: [timerAt(lateMs)] });
      duties.leads(term);
      ticked(alpha, term);
    },
    /** Nobody waits for anything any more. */
    rest: (): void => {
      becomes('late', nothingPending);
      duties.applied();
    },
  };
}

test('a new leader tells the log so, and attends to nothing before the log says so itself', () => {
  const { duties, puts, ticked, waits, clock } = open();
  clock.advance(700);
  waits('1', { timers: [timerAt(100)] });
  duties.leads(four);
  const [tick, ...others] = puts();
  assert.deepEqual(tick?.chore, { type: 'tick', node: alpha, term: four, wallMs: 700 });
  assert.deepEqual(others, []);
  ticked(bravo, toTerm(3));
  assert.deepEqual(puts(), []);
  ticked();
  assert.deepEqual(
    puts().map(({ chore }) => chore),
    [{ type: 'fire', machine: 'order', key: '1', timer: 0 }],
  );
});

test('a node that does not lead does nothing', () => {
  const { puts, waits, ticked, clock } = open();
  waits('1', {
    timers: [timerAt(100)],
    effects: [effectOf(invocationOf(fromPromise(async () => 1)))],
  });
  ticked(bravo);
  clock.advance(10_000);
  assert.deepEqual(puts(), []);
});

test('a deadline is fired when its time has come, and not before', () => {
  const { lead, waits, done, clock } = open();
  lead();
  done();
  waits('1', { timers: [timerAt(700)] });
  clock.advance(699);
  assert.deepEqual(done(), []);
  clock.advance(1);
  assert.deepEqual(done(), ['fire 1 0']);
});

test('a deadline that is new, called off or another is found at once', () => {
  const { lead, waits, done, clock } = open();
  lead();
  done();
  waits('1', { timers: [timerAt(900)] });
  waits('2', { timers: [timerAt(300)] });
  waits('3', { timers: [timerAt(200)] });
  waits('3', {});
  waits('1', { timers: [timerAt(500)] });
  clock.advance(299);
  assert.deepEqual(done(), []);
  clock.advance(1);
  assert.deepEqual(done(), ['fire 2 0']);
  waits('2', {});
  clock.advance(200);
  assert.deepEqual(done(), ['fire 1 0']);
});

test('of one instance one deadline is fired after the other, of all instances all', () => {
  const { lead, waits, done, clock } = open();
  lead();
  done();
  waits('1', { timers: [timerAt(100, 0), timerAt(100, 1)] });
  waits('2', { timers: [timerAt(50)] });
  clock.advance(50);
  assert.deepEqual(done(), ['fire 2 0']);
  waits('2', { timers: [timerAt(100, 7)] });
  clock.advance(50);
  assert.deepEqual(done(), ['fire 1 0', 'fire 2 7']);
  assert.deepEqual(done(), ['fire 1 1']);
  assert.deepEqual(done(), []);
});

test('a firing that is under way is not put there again; one that came to nothing is', () => {
  const { lead, waits, puts, done, clock } = open();
  lead();
  done();
  waits('1', { timers: [timerAt(100)] });
  clock.advance(100);
  const [firing] = puts();
  assert.equal(firing?.chore.type, 'fire');
  waits('2', {});
  clock.advance(400);
  assert.deepEqual(puts(), []);
  firing?.end(false);
  clock.advance(limits.tickIntervalMs);
  assert.ok(done().includes('fire 1 0'));
});

test('as long as any deadline is pending the log is told the time', () => {
  const { lead, rest, done, clock } = open();
  lead();
  done();
  for (let passed = 0; passed < 5; passed += 1) {
    clock.advance(limits.tickIntervalMs);
    assert.deepEqual(done(), ['tick']);
  }
  rest();
  clock.advance(10 * limits.tickIntervalMs);
  assert.deepEqual(done(), [], 'nobody waits');
});

test('a leader whom nothing waits for is not heard of', () => {
  const { duties, waits, done, clock } = open();
  duties.leads(four);
  duties.applied();
  clock.advance(10 * limits.tickIntervalMs);
  assert.deepEqual(done(), []);
  waits('1', { timers: [timerAt(60_000)] });
  assert.deepEqual(done(), ['tick']);
});

test('a tick that hangs is not followed by another', () => {
  const { lead, puts, done, clock } = open();
  lead();
  done();
  clock.advance(10 * limits.tickIntervalMs);
  assert.equal(puts().length, 1);
});

test('a tick that came to nothing, or too late for this reign, is put there again', () => {
  for (const isInLog of [false, true]) {
    const { duties, waits, puts, clock } = open();
    waits('1', { timers: [timerAt(60_000)] });
    duties.leads(four);
    for (let time = 0; time < 3; time += 1) {
      const [tick, ...others] = puts();
      assert.equal(tick?.chore.type, 'tick');
      assert.deepEqual(others, []);
      tick?.end(isInLog);
      clock.advance(limits.tickIntervalMs);
    }
  }
});

test('who leads again while a tick of before is under way opens a reign all the same', () => {
  const { duties, puts, ticked, waits, clock } = open();
  waits('1', { timers: [timerAt(100)] });
  clock.advance(100);
  duties.leads(four);
  const [before] = puts();
  duties.leads(null);
  duties.leads(six);
  const [tick] = puts();
  assert.deepEqual(tick?.chore, { type: 'tick', node: alpha, term: six, wallMs: 100 });
  before?.end(true);
  clock.advance(limits.tickIntervalMs);
  assert.deepEqual(puts(), []);
  ticked(alpha, six);
  assert.equal(puts()[0]?.chore.type, 'fire');
});

test('while the cluster is not Running nothing is fired; it is made up for', () => {
  const { lead, waits, done, is, clock } = open();
  lead();
  done();
  is('Stopped');
  waits('1', { timers: [timerAt(100)] });
  clock.advance(30_000);
  assert.deepEqual(done(), []);
  is('Running');
  assert.ok(done().includes('fire 1 0'));
});

/** What the effects of an instance do. */
function troupe() {
  const did: string[] = [];
  const effect = (name: string, changes: Partial<Effect>): Effect =>
    effectOf(
      {
        ...invocationOf(
          fromCallback(() => {
            did.push(`${name} begins`);
            return () => void did.push(`${name} ends`);
          }),
        ),
        session: name,
      },
      changes,
    );
  return { effect, did: () => did.splice(0) };
}

test('effects are begun and ended as the log has it, those of before first', () => {
  const { lead, waits } = open();
  const { effect, did } = troupe();
  const one = effect('one', { id: nth(0) });
  const two = effect('two', { id: nth(1) });
  const three = effect('three', { id: '9.0' });
  waits('1', { effects: [one, two] });
  assert.deepEqual(did(), []);
  lead();
  assert.deepEqual(did(), ['one begins', 'two begins']);
  waits('1', { effects: [two, three] });
  assert.deepEqual(did(), ['one ends', 'three begins']);
  waits('1', {});
  assert.deepEqual(did(), ['two ends', 'three ends']);
});

test('what was over before anybody could begin it is not begun', () => {
  const { duties, waits, ticked } = open();
  const { effect, did } = troupe();
  duties.leads(four);
  waits('1', { effects: [effect('one', {})] });
  waits('1', {});
  ticked();
  assert.deepEqual(did(), []);
});

test('who leads no longer abandons all that runs, and sets no alarm', () => {
  const { duties, lead, waits, puts, clock } = open();
  const { effect, did } = troupe();
  lead();
  waits('1', { timers: [timerAt(500)], effects: [effect('one', {})] });
  puts();
  did();
  duties.leads(null);
  assert.deepEqual(did(), ['one ends']);
  waits('1', { timers: [timerAt(500)], effects: [effect('two', { id: '9.0' })] });
  clock.advance(10_000);
  assert.deepEqual([...puts(), ...did()], []);

  lead(six);
  assert.deepEqual(did(), ['two begins']);
  assert.ok(puts().some(({ chore }) => chore.type === 'fire'));
});

test('a node that stops does nothing more, whatever it still hears', () => {
  const { duties, lead, waits, puts, clock } = open();
  const { effect, did } = troupe();
  lead();
  waits('1', { timers: [timerAt(500)], effects: [effect('one', {})] });
  puts();
  did();
  duties.stop();
  assert.deepEqual(did(), ['one ends']);
  duties.leads(six);
  waits('2', { timers: [timerAt(0)], effects: [effect('two', { id: '9.0' })] });
  clock.advance(10_000);
  assert.deepEqual([...puts(), ...did()], []);
});
