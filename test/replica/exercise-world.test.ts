/** The clock, the dice and the time zone under our hand, and out of it again. */
import assert from 'node:assert/strict';
import nodeCrypto, { randomUUID } from 'node:crypto';
import { describe, test } from 'vitest';
import {
  asIs,
  otherwise,
  type Circumstances,
} from '../../machines/replica/exercise-surroundings.ts';
import { inAlteredWorld } from '../../runtime/check/altered-world.ts';

const never = () => false;

const within = <Result>(circumstances: Circumstances, step: () => Result) =>
  inAlteredWorld(never, (world) => world.within(circumstances, step));

const see = () => ({
  now: Date.now(),
  date: new Date().getTime(),
  text: Date(),
  up: performance.now(),
  hr: process.hrtime(),
  big: process.hrtime.bigint(),
  hour: new Date(0).getHours(),
  random: [Math.random(), Math.random()],
  id: crypto.randomUUID(),
  imported: randomUUID(),
  bytes: [...crypto.getRandomValues(new Uint8Array(8))],
  more: nodeCrypto.randomBytes(4).toString('hex'),
  number: nodeCrypto.randomInt(1_000_000),
});

describe('in the same circumstances', () => {
  test('the same is to be seen, step by step', () => {
    for (const variant of [0, 1, 2, 7]) {
      const [first, second] = inAlteredWorld(never, (world) => [
        world.within(otherwise(variant), see).result,
        world.within(otherwise(variant), see).result,
      ]);
      assert.deepEqual(first, second);
    }
  });

  test('and in other ones, something else wherever one looks', () => {
    const seen = [0, 1, 2].map((variant) => within(otherwise(variant), see).result);
    for (const field of Object.keys(seen[0] ?? {}) as (keyof ReturnType<typeof see>)[]) {
      const values = new Set(seen.map((each) => String(each[field])));
      assert.equal(values.size, seen.length, field);
    }
  });

  test('each by itself', () => {
    const base = within(asIs, see).result;
    const clock = within({ ...asIs, clock: 1 }, see).result;
    assert.notEqual(clock.now, base.now);
    assert.equal(clock.id, base.id);
    assert.equal(clock.hour, base.hour);
    const dice = within({ ...asIs, dice: 1 }, see).result;
    assert.equal(dice.now, base.now);
    assert.notEqual(dice.id, base.id);
    const zone = within({ ...asIs, zone: 1 }, see).result;
    assert.equal(zone.now, base.now);
    assert.equal(zone.id, base.id);
    assert.notEqual(zone.hour, base.hour);
  });

  test('what is shown is in order', () => {
    const { result } = within(otherwise(3), () => ({
      ...see(),
      again: Date.now(),
      since: process.hrtime(process.hrtime()),
      isDate: new Date() instanceof Date,
      isCompany: new (class Day extends Date {})() instanceof Date,
      given: new Date(7).getTime(),
      list: Array.from({ length: 100 }, Math.random),
    }));
    assert.match(
      result.id,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.ok(result.again > result.now, 'a clock that stood still would be waited for in vain');
    assert.deepEqual(result.since, [0, 1_000_000]);
    assert.ok(result.isDate && result.isCompany);
    assert.equal(result.given, 7);
    assert.ok(result.list.every((number) => number >= 0 && number < 1));
    assert.ok(Math.max(...result.list) > 0.5 && Math.min(...result.list) < 0.5);
  });
});

describe('who looks', () => {
  test('is told with the place', () => {
    const { looks } = within(asIs, () => [Date.now(), Math.random(), new Date(2020, 1)]);
    assert.deepEqual(
      looks.map(({ at, call }) => [at, call]),
      [
        ['clock', 'Date.now'],
        ['dice', 'Math.random'],
        ['zone', 'new Date'],
      ],
    );
    for (const { place } of looks) {
      assert.match(place ?? '', /^test\/replica\/exercise-world\.test\.ts:\d+:\d+$/);
    }
  });

  test('is nobody who does not', () => {
    const { looks } = within(asIs, () => [
      new Date(7).toISOString(),
      Math.max(1, 2),
      Date.UTC(2020),
    ]);
    assert.deepEqual(looks, []);
  });
});

describe('afterwards everything is as it was', () => {
  const owners: readonly (readonly [owner: object, name: string])[] = [
    [globalThis, 'Date'],
    [Date, 'now'],
    [Date, 'parse'],
    [Date.prototype, 'getHours'],
    [Date.prototype, 'toLocaleString'],
    [Intl, 'DateTimeFormat'],
    [Math, 'random'],
    [performance, 'now'],
    [process, 'hrtime'],
    [process.hrtime, 'bigint'],
    [process, 'uptime'],
    [crypto, 'randomUUID'],
    [crypto, 'getRandomValues'],
    [nodeCrypto, 'randomUUID'],
    [nodeCrypto, 'randomBytes'],
    [nodeCrypto, 'randomInt'],
    [process.env, 'TZ'],
  ];
  const all = () => owners.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  const before = all();
  const hour = new Date(0).getHours();
  const imported = randomUUID;

  test('behind a call', () => {
    within(otherwise(1), see);
    assert.deepEqual(all(), before);
    assert.equal(new Date(0).getHours(), hour);
    assert.equal(randomUUID, imported);
    assert.notEqual(randomUUID(), randomUUID());
  });

  test('behind one that fails', () => {
    const failing = () =>
      within(otherwise(1), () => {
        see();
        throw new RangeError('enough');
      });
    assert.throws(failing, RangeError);
    assert.deepEqual(all(), before);
    assert.equal(new Date(0).getHours(), hour);
  });

  test('and between steps', () => {
    inAlteredWorld(never, (world) => {
      world.within(otherwise(1), see);
      const nowMs = Date.now();
      assert.ok(Math.abs(nowMs - new Date().getTime()) < 60_000);
      assert.ok(nowMs > Date.UTC(2024) && nowMs < Date.UTC(2060));
      assert.notEqual(Math.random(), Math.random());
    });
  });
});
