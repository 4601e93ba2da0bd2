import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, createMachine, emit, log, setup } from 'xstate';
import type { Command, Entry, MachineEvent } from '../../machines/protocol/entry.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { InvariantViolation } from '../../machines/protocol/invariant.ts';
import { createReplica, type Replica } from '../../machines/replica/replica.ts';
import { charts } from './charts.ts';

type Input = { owner?: string; broken?: true } | undefined;

const order = setup({
  types: {
    context: {} as { paid: number; owner: string | null },
    events: {} as { type: 'PAY'; amount: number } | { type: 'SHIP' | 'BREAK' | 'SAY' },
    input: undefined as Input,
    emitted: {} as { type: string },
  },
}).createMachine({
  id: 'order',
  context: ({ input }) => {
    if (input?.broken) throw new Error('no such owner');
    return { paid: 0, owner: input?.owner ?? null };
  },
  entry: [emit({ type: 'born' }), log('born')],
  initial: 'open',
  states: {
    open: {
      on: {
        PAY: {
          target: 'paid',
          actions: assign({ paid: ({ context, event }) => context.paid + event.amount }),
        },
        BREAK: {
          target: 'paid',
          actions: [
            assign({ paid: 1_000 }),
            assign(() => {
              throw new Error('boom');
            }),
          ],
        },
        SAY: { actions: [emit({ type: 'said' }), log('said', 'loud')] },
      },
    },
    paid: { on: { SHIP: 'shipped' } },
    shipped: { type: 'final' },
  },
});

const bare = (type: string, fields: object = {}): MachineEvent => ({ type, ...fields });

/** Feeds a replica as a log would, one proposal after another. */
function feeder(replica: Replica) {
  let index = 0;
  let named = 0;
  const entry = (kind: Entry['kind'], timeMs: number): Entry => {
    index += 1;
    const payload = new Uint8Array();
    return { index: toIndex(index), term: toTerm(3), kind, timeMs, seed: 0, payload };
  };
  const propose = (command: Partial<Command> & { event: MachineEvent }, timeMs = 0) => {
    named += 1;
    const full = {
      proposalId: proposalId(`p${named}`),
      machine: 'order',
      key: '1',
      // As if the node that took it had kept up.
      since: toIndex(index),
      ...command,
    };
    return replica.apply(entry('command', timeMs), full);
  };
  const lifecycle = (type: string) =>
    propose({ machine: 'lifecycle', key: 'cluster', event: { type } });
  const noop = () => replica.skip(entry('noop', 0));
  return { propose, lifecycle, noop };
}

function running(limits = {}) {
  const replica = createReplica({ machines: { order, wild: charts['wild']!.machine }, limits });
  const feed = feeder(replica);
  feed.lifecycle('RUN');
  return { replica, ...feed };
}

describe('the lifecycle', () => {
  test('is there from the start, in Init', () => {
    const replica = createReplica({ machines: {} });
    expect(replica.lifecycle).toBe('Init');
    expect(replica.read('lifecycle', 'cluster')).toEqual({
      index: 0,
      exists: true,
      view: { status: 'active', value: 'Init', context: {} },
    });
    expect(replica.instanceCount('lifecycle')).toBe(1);
  });

  test.each([
    ['RUN', 'Running', true],
    ['RUN RUN', 'Running', false],
    ['STOP', 'Stopped', true],
    ['STOP STOP', 'Stopped', false],
    ['RUN STOP', 'Stopped', true],
    ['RUN STOP RUN', 'Running', true],
    ['STOP RUN', 'Running', true],
    ['HALT', 'Init', false],
  ])('after %s it is %s, and the last was accepted: %s', (types, state, accepted) => {
    const replica = createReplica({ machines: {} });
    const feed = feeder(replica);
    const outcomes = types.split(' ').map((type) => feed.lifecycle(type).outcome);
    expect(replica.lifecycle).toBe(state);
    expect(outcomes.at(-1)).toMatchObject({ end: 'committed', accepted, view: { value: state } });
  });

  test('keeps events from other machines unless the cluster is Running', () => {
    const replica = createReplica({ machines: { order } });
    const feed = feeder(replica);
    const pay = () => feed.propose({ event: bare('PAY', { amount: 1 }) }).outcome;

    expect(pay()).toMatchObject({ end: 'refused', code: 'not-running' });
    feed.lifecycle('RUN');
    expect(pay()).toMatchObject({ end: 'committed', accepted: true });
    feed.lifecycle('STOP');
    expect(pay()).toMatchObject({ end: 'refused', code: 'not-running' });
    expect(replica.read('order', '1')).toMatchObject({ exists: true, index: 3 });
  });
});

describe('an entry', () => {
  test('commits what the machine made of the event', () => {
    const { propose } = running();
    expect(propose({ event: bare('PAY', { amount: 5 }), input: { owner: 'ada' } })).toEqual({
      outcome: {
        end: 'committed',
        index: 2,
        term: 3,
        accepted: true,
        view: { status: 'active', value: 'paid', context: { paid: 5, owner: 'ada' } },
        emitted: [{ type: 'born' }],
      },
      duplicate: false,
      logged: [{ label: undefined, value: 'born' }],
      failure: null,
      happened: { machine: 'order', key: '1', event: { type: 'PAY', amount: 5 } },
    });
  });

  test('that the machine has no transition for is committed too, and changes nothing', () => {
    const { propose, replica } = running();
    propose({ event: bare('SAY') });
    const before = replica.read('order', '1');
    const { outcome, logged } = propose({ event: bare('SHIP') });

    expect(outcome).toMatchObject({ end: 'committed', accepted: false, emitted: [] });
    expect(logged).toEqual([]);
    expect(replica.read('order', '1')).toEqual({ ...(before as object), index: 3 });
  });

  test('tells what was emitted and logged by this event alone', () => {
    const { propose } = running();
    propose({ event: bare('SAY') });
    expect(propose({ event: bare('SAY') })).toMatchObject({
      outcome: { emitted: [{ type: 'said' }] },
      logged: [{ label: 'loud', value: 'said' }],
    });
    expect(propose({ event: bare('PAY', { amount: 1 }) })).toMatchObject({
      outcome: { emitted: [] },
      logged: [],
    });
  });

  test('that is none of a machine moves the applied index and nothing else', () => {
    const { noop, replica } = running();
    noop();
    noop();
    expect(replica.appliedIndex).toBe(3);
  });

  test('out of turn is a bug of ours', () => {
    const { replica } = running();
    const entry = (index: number): Entry => ({
      index: toIndex(index),
      term: toTerm(1),
      kind: 'noop',
      timeMs: 0,
      seed: 0,
      payload: new Uint8Array(),
    });
    expect(() => replica.skip(entry(1))).toThrow(InvariantViolation);
    expect(() => replica.skip(entry(3))).toThrow(InvariantViolation);
    replica.skip(entry(2));
  });
});

describe('an instance', () => {
  test('begins with its first event, and the input that came with it', () => {
    const { propose, replica } = running();
    expect(replica.instanceCount('order')).toBe(0);
    propose({ event: bare('SHIP'), input: { owner: 'ada' } });
    propose({ event: bare('PAY', { amount: 2 }), input: { owner: 'bob' } });

    expect(replica.read('order', '1')).toMatchObject({
      index: 3,
      exists: true,
      view: { value: 'paid', context: { owner: 'ada', paid: 2 } },
    });
    expect(replica.instanceCount('order')).toBe(1);
  });

  test('does not exist before, and its reading is as new as the replica', () => {
    const { noop, replica } = running();
    noop();
    expect(replica.read('order', 'other')).toEqual({ index: 2, exists: false, view: null });
    expect(replica.since('order', 'other', toIndex(0))).toEqual({ type: 'events', events: [] });
  });

  test('is apart from all others, even of the same key', () => {
    const { propose, replica } = running();
    propose({ event: bare('PAY', { amount: 1 }) });
    propose({ event: bare('PAY', { amount: 9 }), key: '2' });
    propose({ event: bare('x'), machine: 'wild' });

    expect(replica.read('order', '1')).toMatchObject({ view: { context: { paid: 1 } } });
    expect(replica.read('order', '2')).toMatchObject({ view: { context: { paid: 9 } } });
    expect(replica.read('wild', '1')).toMatchObject({ view: { context: { last: 'any x' } } });
  });

  test('may have any key, even one that every object has', () => {
    const { propose, replica } = running();
    for (const key of ['__proto__', 'constructor', '']) propose({ key, event: bare('SAY') });
    expect(replica.instanceCount('order')).toBe(3);
    expect(replica.read('order', 'toString')).toMatchObject({ exists: false });
  });
});

describe('a refusal', () => {
  test.each<[string, Partial<Command> & { event: MachineEvent }, string]>([
    ['an event of XState itself', { event: bare('xstate.stop') }, 'invalid-event'],
    ['another of those', { event: bare('xstate.done.actor.x') }, 'invalid-event'],
    [
      'and for the lifecycle',
      { event: bare('xstate.stop'), machine: 'lifecycle', key: 'cluster' },
      'invalid-event',
    ],
    ['an event without a type', { event: {} as never }, 'invalid-event'],
    ['no event', { event: null as never }, 'invalid-event'],
    ['a machine that is not there', { event: bare('X'), machine: 'nobody' }, 'unknown-machine'],
    [
      'a name that every object has',
      { event: bare('X'), machine: 'constructor' },
      'unknown-machine',
    ],
    [
      'another key of the lifecycle',
      { event: bare('STOP'), machine: 'lifecycle', key: '1' },
      'bad-request',
    ],
    ['a machine that throws', { event: bare('BREAK') }, 'machine-error'],
    [
      'a machine that cannot begin',
      { event: bare('SAY'), key: '2', input: { broken: true } },
      'machine-error',
    ],
  ])('meets %s', (_, command, code) => {
    const { propose, replica } = running();
    propose({ event: bare('SAY') });
    const before = replica.read('order', '1');
    const { outcome, duplicate, logged } = propose(command);

    expect(outcome).toMatchObject({ end: 'refused', code });
    expect({ duplicate, logged }).toEqual({ duplicate: false, logged: [] });
    expect(replica.read('order', '1')).toEqual(before);
    expect(replica.lifecycle).toBe('Running');
    expect(replica.instanceCount('lifecycle')).toBe(1);
    expect(replica.appliedIndex).toBe(3);
  });

  test('for an exception names machine, event and reason, and leaves the error to our own log', () => {
    const { propose } = running();
    const { outcome, failure } = propose({ event: bare('BREAK') });
    expect(outcome).toEqual({
      end: 'refused',
      code: 'machine-error',
      message: 'Machine "order" failed on "BREAK": boom',
    });
    expect(failure?.cause).toMatchObject({ message: 'boom' });
  });

  test('of its first event leaves no instance, and a later one begins with its own input', () => {
    const { propose, replica } = running();
    propose({ event: bare('SAY'), input: { broken: true } });
    expect(replica.read('order', '1')).toEqual({ index: 2, exists: false, view: null });
    propose({ event: bare('BREAK'), input: { owner: 'ada' } });
    expect(replica.instanceCount('order')).toBe(0);

    propose({ event: bare('SAY'), input: { owner: 'bob' } });
    expect(replica.read('order', '1')).toMatchObject({ view: { context: { owner: 'bob' } } });
  });

  test('does not appear in the history', () => {
    const { propose, replica } = running();
    propose({ event: bare('SAY') });
    propose({ event: bare('BREAK') });
    expect(replica.since('order', '1', toIndex(0))).toMatchObject({ events: [{ index: 2 }] });
  });

  test('answers a read of a machine that is not there', () => {
    const { replica } = running();
    expect(replica.read('nobody', '1')).toBe('unknown-machine');
    expect(replica.since('nobody', '1', toIndex(0))).toBe('unknown-machine');
    expect(replica.instanceCount('nobody')).toBe(0);
  });
});

describe('a proposal sent again', () => {
  const id = proposalId('again');

  test('gives its first outcome and changes nothing', () => {
    const { propose, replica } = running();
    const first = propose({ proposalId: id, event: bare('SAY') });
    propose({ event: bare('PAY', { amount: 1 }) });
    const before = replica.read('order', '1');
    const second = propose({ proposalId: id, event: bare('SAY') });

    expect(second.duplicate).toBe(true);
    expect(second.outcome).toEqual(first.outcome);
    expect(second.logged).toEqual([]);
    expect(replica.read('order', '1')).toEqual(before);
    expect(replica.appliedIndex).toBe(4);
    expect(replica.since('order', '1', toIndex(3))).toEqual({ type: 'events', events: [] });
  });

  test('stays refused though it would be taken by now', () => {
    const replica = createReplica({ machines: { order } });
    const { propose, lifecycle } = feeder(replica);
    propose({ proposalId: id, event: bare('SAY') });
    lifecycle('RUN');
    const second = propose({ proposalId: id, event: bare('SAY') });
    expect(second).toMatchObject({ duplicate: true, outcome: { code: 'not-running' } });
  });

  test('is applied anew once enough others have followed', () => {
    const { propose } = running({ proposalWindowCount: 3 });
    propose({ proposalId: id, event: bare('SAY') });
    propose({ event: bare('SAY') });
    propose({ event: bare('SAY') });
    expect(propose({ proposalId: id, event: bare('SAY') }).duplicate).toBe(true);
    propose({ event: bare('SAY') });
    expect(propose({ proposalId: id, event: bare('SAY') }).duplicate).toBe(false);
  });

  test('is applied anew once enough time of the cluster has passed', () => {
    const { propose } = running({ proposalWindowMs: 100 });
    propose({ proposalId: id, event: bare('SAY') }, 1_000);
    expect(propose({ proposalId: id, event: bare('SAY') }, 1_099).duplicate).toBe(true);
    expect(propose({ proposalId: id, event: bare('SAY') }, 1_100).duplicate).toBe(false);
  });

  test('so late that the state of that moment is forgotten, gives all else of its first outcome', () => {
    const { propose } = running({ historyEventsMax: 2 });
    const first = propose({ proposalId: id, event: bare('PAY', { amount: 1 }) });
    for (let n = 0; n < 3; n += 1) propose({ event: bare('SAY') });
    const second = propose({ proposalId: id, event: bare('PAY', { amount: 1 }) });
    expect(second.duplicate).toBe(true);
    expect(second.outcome).toEqual({ ...first.outcome, view: null, emitted: [] });
  });

  test('by a node that has not heard for longer than proposals are remembered is not applied again', () => {
    const { propose, replica } = running({ proposalWindowCount: 2 });
    const since = replica.appliedIndex;
    const first = propose({ proposalId: id, since, event: bare('PAY', { amount: 1 }) });
    expect(first.outcome.end).toBe('committed');
    for (let n = 0; n < 3; n += 1) propose({ event: bare('SAY') });
    const before = replica.read('order', '1');

    const late = propose({ proposalId: id, since, event: bare('PAY', { amount: 1 }) });
    expect(late.outcome.end).toBe('unknown');
    expect(replica.read('order', '1')).toEqual(before);
    const later = propose({ proposalId: id, event: bare('PAY', { amount: 1 }) });
    expect(later).toMatchObject({ duplicate: true, outcome: { end: 'unknown' } });
  });
});

describe('a subscriber that was away', () => {
  test('gets every event of its instance since, those that changed nothing too', () => {
    const { propose, replica } = running();
    propose({ event: bare('SAY') });
    propose({ event: bare('SHIP') });
    propose({ event: bare('SAY'), key: '2' });
    propose({ event: bare('PAY', { amount: 1 }) });

    expect(replica.since('order', '1', toIndex(2))).toEqual({
      type: 'events',
      events: [
        expect.objectContaining({ index: 3, event: { type: 'SHIP' }, accepted: false }),
        {
          index: 5,
          machine: 'order',
          key: '1',
          accepted: true,
          previousIndex: 3,
          bytes: expect.any(Number) as number,
          emitted: [],
          event: {
            type: 'PAY',
            amount: 1,
          },
          view: {
            status: 'active',
            value: 'paid',
            context: {
              paid: 1,
              owner: null,
            },
          },
        },
      ],
    });
  });

  test('is told when it was away too long', () => {
    const { propose, replica } = running({ historyEventsMax: 2 });
    for (let n = 0; n < 4; n += 1) propose({ event: bare('SAY') });
    expect(replica.since('order', '1', toIndex(3))).toMatchObject({ type: 'events' });
    expect(replica.since('order', '1', toIndex(2))).toEqual({ type: 'too-old' });
  });

  test('misses nothing though others have filled the history', () => {
    const { propose, replica } = running({ historyEventsMax: 2 });
    propose({ event: bare('SAY') });
    for (let n = 0; n < 4; n += 1) propose({ event: bare('SAY'), key: '2' });
    expect(replica.since('order', '1', toIndex(2))).toEqual({ type: 'events', events: [] });
    expect(replica.since('order', '1', toIndex(1))).toEqual({ type: 'too-old' });
  });

  test('of the lifecycle is served like any other', () => {
    const { replica, lifecycle } = running();
    lifecycle('STOP');
    expect(replica.since('lifecycle', 'cluster', toIndex(1))).toMatchObject({
      events: [{ index: 2, view: { value: 'Stopped' } }],
    });
  });
});

describe('replicas that are fed the same', () => {
  const machines = Object.fromEntries(
    Object.entries(charts).map(([name, { machine }]) => [name, machine]),
  );
  const step = fc.constantFrom(...Object.entries(charts)).chain(([machine, chart]) =>
    fc.record({
      proposalId: fc.nat({ max: 60 }).map((n) => proposalId(`p${n}`)),
      machine: fc.constant(machine),
      key: fc.constantFrom('1', '2'),
      event: fc.constantFrom(...chart.events, bare('xstate.stop')),
      input: fc.constantFrom(chart.input, undefined),
      afterMs: fc.nat({ max: 20 }),
    }),
  );
  type Step = Command & { afterMs: number };
  const limits = { proposalWindowCount: 20, proposalWindowMs: 200, historyEventsMax: 30 };

  const fed = (replica: Replica, steps: readonly Step[]) => {
    const { propose, lifecycle } = feeder(replica);
    lifecycle('RUN');
    let timeMs = 0;
    return steps.map(({ afterMs, ...command }) => {
      timeMs += afterMs;
      const { outcome, duplicate, logged } = propose(command, timeMs);
      return { outcome, duplicate, logged };
    });
  };
  const everything = (replica: Replica) =>
    replica.machineNames.flatMap((machine) =>
      ['1', '2', 'cluster'].map((key) => [
        replica.read(machine, key),
        replica.since(machine, key, toIndex(0)),
        replica.since(machine, key, toIndex(20)),
      ]),
    );

  test('answer and end alike, and so does one that starts over and is fed it all again', () => {
    const check = (steps: readonly Step[]) => {
      const make = () => createReplica({ machines, limits });
      const [one, two] = [make(), make()];
      const answers = fed(one, steps);
      expect(fed(two, steps)).toEqual(answers);
      expect(everything(two)).toEqual(everything(one));

      // Another process would have made its own machines.
      const restarted = createReplica({
        machines: Object.fromEntries(
          Object.entries(machines).map(([name, machine]) => [name, machine.provide({})]),
        ),
        limits,
      });
      expect(fed(restarted, steps)).toEqual(answers);
      expect(everything(restarted)).toEqual(everything(one));
      expect(JSON.stringify(everything(restarted))).toBe(JSON.stringify(everything(one)));
    };
    fc.assert(fc.property(fc.array(step as fc.Arbitrary<Step>, { maxLength: 80 }), check), {
      numRuns: 60,
    });
  });
});

test('machines that cannot be replicated keep a replica from starting, with all the reasons', () => {
  const machines = { idle: createMachine({ entry: 'nothing' }), 'no name': createMachine({}) };
  const start = () => createReplica({ machines });
  expect(start).toThrow(QuorateError);
  expect(start).toThrow(
    expect.objectContaining({
      code: 'machine-unsupported',
      message: expect.stringMatching(
        /^Machine "idle": on entry it runs the action "nothing".+\nMachine "no name": it has a name/,
      ),
    }),
  );
});

test('names and fingerprints are those of all machines, the lifecycle first', () => {
  const { replica } = running();
  expect(replica.machineNames).toEqual(['lifecycle', 'order', 'wild']);
  expect(Object.keys(replica.fingerprints)).toEqual(['lifecycle', 'order', 'wild']);
  expect(new Set(Object.values(replica.fingerprints)).size).toBe(3);
  expect(running().replica.fingerprints).toEqual(replica.fingerprints);
});
