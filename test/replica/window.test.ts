import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proposalId, toIndex } from '../../machines/protocol/ids.ts';
import { refused } from '../../machines/protocol/outcome.ts';
import { createHistory, type HistoryEvent } from '../../machines/replica/history.ts';
import { createRing } from '../../machines/replica/ring.ts';
import { createWindow } from '../../machines/replica/window.ts';

const inEntry = (index: number, timeMs: number) => ({ index: toIndex(index), timeMs });
const outcome = (word: string) => refused('machine-error', word);

describe('the window of proposals', () => {
  test('remembers each proposal until so many others have followed', () => {
    const window = createWindow({ proposalWindowCount: 3, proposalWindowMs: 1_000 });
    for (const [n, id] of ['a', 'b', 'c'].entries())
      window.remember(proposalId(id), inEntry(n + 1, 0), outcome(id));
    expect(window.recall(proposalId('a'))).toEqual(outcome('a'));

    expect(window.forgottenThrough).toBe(0);
    window.remember(proposalId('d'), inEntry(4, 0), outcome('d'));
    expect(window.forgottenThrough).toBe(1);
    expect(window.recall(proposalId('a'))).toBeUndefined();
    expect(window.recall(proposalId('b'))).toEqual(outcome('b'));
  });

  test('remembers each proposal until so much time of the cluster has passed', () => {
    const window = createWindow({ proposalWindowCount: 100, proposalWindowMs: 1_000 });
    window.remember(proposalId('a'), inEntry(7, 5_000), outcome('a'));
    window.remember(proposalId('b'), inEntry(8, 5_500), outcome('b'));

    window.forgetUntil(5_999);
    expect(window.recall(proposalId('a'))).toEqual(outcome('a'));
    window.forgetUntil(6_000);
    expect(window.recall(proposalId('a'))).toBeUndefined();
    expect(window.recall(proposalId('b'))).toEqual(outcome('b'));
    window.forgetUntil(9_000);
    expect(window.length).toBe(0);
    expect(window.forgottenThrough).toBe(8);
  });

  test('forgets like a list that is searched from end to end', () => {
    const step = fc.record({ id: fc.integer({ min: 0, max: 30 }), afterMs: fc.nat({ max: 40 }) });
    const check = (steps: readonly { id: number; afterMs: number }[]) => {
      const window = createWindow({ proposalWindowCount: 5, proposalWindowMs: 100 });
      let list: { id: number; timeMs: number; word: string }[] = [];
      let timeMs = 0;
      for (const [n, { id, afterMs }] of steps.entries()) {
        timeMs += afterMs;
        window.forgetUntil(timeMs);
        list = list.filter((each) => timeMs - each.timeMs < 100);
        const known = list.find((each) => each.id === id);
        expect(window.recall(proposalId(`${id}`))).toEqual(known && outcome(known.word));
        if (known !== undefined) continue;
        window.remember(proposalId(`${id}`), inEntry(n + 1, timeMs), outcome(`${n}`));
        list = [...list, { id, timeMs, word: `${n}` }].slice(-5);
        expect(window.length).toBe(list.length);
      }
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), check));
  });
});

test('a ring is a list that forgets its first items', () => {
  const action = fc.oneof(fc.constant('shift' as const), fc.nat());
  const check = (capacity: number, actions: readonly ('shift' | number)[]) => {
    const ring = createRing<number>(capacity);
    const list: number[] = [];
    for (const each of actions) {
      if (each === 'shift') expect(ring.shift()).toBe(list.shift());
      else {
        list.push(each);
        expect(ring.push(each)).toBe(list.length > capacity ? list.shift() : undefined);
      }
      expect(Array.from({ length: ring.length }, (_, at) => ring.at(at))).toEqual(list);
      expect(ring.at(ring.length)).toBeUndefined();
    }
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(action, { maxLength: 30 }), check),
  );
});

describe('the history of events', () => {
  const view = { status: 'active', value: 'a', context: {} } as const;
  const happened = (at: number, key: string, before: number): HistoryEvent => ({
    index: toIndex(at),
    machine: 'm',
    key,
    event: { type: `event ${at}` },
    accepted: true,
    view,
    emitted: [],
    previousIndex: toIndex(before),
    bytes: 100,
  });

  test('gives the events of one instance behind an index, in order', () => {
    const history = createHistory({ historyEventsMax: 10, historyBytesMax: 1_000_000 });
    const events = [
      happened(2, 'a', 0),
      happened(3, 'b', 0),
      happened(7, 'a', 2),
      happened(9, 'a', 7),
    ];
    for (const event of events) history.keep(event);

    const since = (index: number) => history.since('m', 'a', toIndex(index), toIndex(9));
    expect(since(0)).toEqual({ type: 'events', events: [events[0], events[2], events[3]] });
    expect(since(2)).toEqual({ type: 'events', events: [events[2], events[3]] });
    expect(since(8)).toEqual({ type: 'events', events: [events[3]] });
    expect(since(9)).toEqual({ type: 'events', events: [] });
    expect(since(100)).toEqual({ type: 'events', events: [] });
  });

  test('says so when it has forgotten any of them, and only then', () => {
    const instances = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 });
    const check = (keys: readonly string[], capacity: number) => {
      const history = createHistory({ historyEventsMax: capacity, historyBytesMax: 1_000_000 });
      const all: HistoryEvent[] = [];
      const latest = (key: string) =>
        all.findLast((event) => event.key === key)?.index ?? toIndex(0);
      for (const [n, key] of keys.entries()) {
        // Indexes have gaps: not every entry is an event.
        const event = happened(2 * n + 1, key, latest(key));
        all.push(event);
        history.keep(event);
      }
      const kept = new Set(all.slice(-capacity));
      for (const key of ['a', 'b', 'c']) {
        for (let index = 0; index <= 2 * keys.length + 1; index += 1) {
          const wanted = all.filter((event) => event.key === key && event.index > index);
          expect(history.since('m', key, toIndex(index), latest(key))).toEqual(
            wanted.every((event) => kept.has(event))
              ? { type: 'events', events: wanted }
              : { type: 'too-old' },
          );
        }
      }
    };
    fc.assert(fc.property(instances, fc.integer({ min: 1, max: 12 }), check), { numRuns: 50 });
  });

  test('knows machines apart that have an instance of the same key', () => {
    const history = createHistory({ historyEventsMax: 10, historyBytesMax: 1_000_000 });
    history.keep(happened(1, 'a', 0));
    history.keep({ ...happened(2, 'a', 0), machine: 'other' });
    expect(history.since('m', 'a', toIndex(0), toIndex(1))).toMatchObject({
      events: [{ index: 1 }],
    });
  });

  test('forgets the oldest where they weigh too much together, but never the newest', () => {
    const history = createHistory({ historyEventsMax: 10, historyBytesMax: 250 });
    for (const at of [1, 2, 3]) history.keep(happened(at, 'a', at - 1));
    expect(history.at(toIndex(1))).toBeUndefined();
    expect(history.at(toIndex(2))).toMatchObject({ index: 2 });
    history.keep({ ...happened(4, 'a', 3), bytes: 1_000 });
    expect(history.at(toIndex(3))).toBeUndefined();
    expect(history.at(toIndex(4))).toMatchObject({ index: 4 });
    expect(history.since('m', 'a', toIndex(2), toIndex(4))).toEqual({ type: 'too-old' });
  });
});
