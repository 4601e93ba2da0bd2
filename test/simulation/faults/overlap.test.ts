import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Message } from '../../../machines/protocol/messages.ts';
import type { DiskOperation } from '../../../runtime/storage/simulated-disk.ts';
import { chance } from '../../world/random.ts';
import { World } from '../../world/world.ts';
import { Keeper } from '../keeper.ts';
import { createField, faultKinds, strike, type Fault, type FaultKind } from './fault.ts';

/**
 * These last no longer than the moment in which they strike, or keep to the keeper, to rot and to
 * what the network says again.
 */
const momentary: readonly FaultKind[] = [
  'crash',
  'power cut',
  'stop',
  'hand over',
  'broken connection',
  'rotten bit',
  'clock jumps',
  'all clocks jump',
  'hand over in vain',
  'leader was asleep',
  'echo',
  'leader again among echoes',
];

const diskOperations: readonly DiskOperation['kind'][] = [
  'open',
  'create',
  'read',
  'write',
  'flush',
  'list',
  'rename',
  'remove',
  'flushFolder',
];
/** Enough to see a thing that happens now and then, and to set off what waits for its turn. */
const often = 20;

/** A world in which nothing goes on, and all that is done to it is noted. */
function stage() {
  const world = new World({ nodes: 5, carrier: 'frames and doors' });
  const told = new Map<string, string>();
  let deaths = 0;
  const note = (what: string, value: string | null): void => {
    if (value === null) told.delete(what);
    else told.set(what, value);
  };
  world.isUp = () => true;
  world.statusOf = (node) => ({ role: node === 'a' ? 'leader' : 'follower' }) as never;
  world.crash = () => {};
  world.crashSoon = () => void (deaths += 1);
  world.terminate = () => {};
  world.transfer = () => {};
  world.jump = () => {};
  world.cut = (from, to) => note(`cut ${from} ${to}`, '');
  world.mend = (from, to) => note(`cut ${from} ${to}`, null);
  world.holdBack = (from, to) => note(`held ${from} ${to}`, '');
  world.letGo = (from, to) => note(`held ${from} ${to}`, null);
  world.weatherBetween = (from, to, weather) =>
    note(`weather ${from} ${to}`, weather && JSON.stringify(weather));
  world.pause = (node) => note(`paused ${node}`, '');
  world.wake = (node) => note(`paused ${node}`, null);
  world.propose = (_, event) => {
    if (event?.type !== 'IDLE') note('stopped', event?.type === 'STOP' ? '' : null);
    return null as never;
  };
  world.sockets.hideFromClients = (node) => note(`hidden ${node}`, '');
  world.sockets.showToClients = (node) => note(`hidden ${node}`, null);
  world.sockets.reset = () => {};
  for (const node of world.members) {
    world.disk(node).leave = (bytes) =>
      note(`left ${node}`, bytes === Infinity ? null : String(bytes));
  }

  /** What is wrong now. Looking sets off what waits to strike. */
  const look = (): readonly string[] => {
    const disks = world.members.flatMap((node) => {
      const disk = world.disk(node);
      const tries = diskOperations.flatMap((kind) =>
        Array.from({ length: often }, () => ({ kind, path: '' })),
      );
      const failing = tries.map((operation) => disk.failure(operation) && operation.kind);
      deaths = 0;
      for (const operation of tries) disk.intercept(0, operation);
      const before = deaths;
      for (let n = 0; n < often; n += 1) disk.flushed(0);
      const after = deaths - before;
      const state = { slow: disk.slowMs, held: disk.isHeld, before, after };
      return [`disk ${node} ${JSON.stringify(state)} ${[...new Set(failing)].join()}`];
    });
    const speakers = world.members.map((node) => {
      deaths = 0;
      for (let n = 0; n < often; n += 1) {
        world.onSent(node, 'x', { kind: 'voteGranted' } as Message);
      }
      return `${node} dies ${deaths} times of speaking`;
    });
    const notes = [...told].map(([what, value]) => `${what} ${value}`).toSorted();
    return [...notes, JSON.stringify(world.weather), ...disks, ...speakers];
  };
  const keeper = new Keeper(world, chance(1, 'keeper'), 50);
  const field = createField(world, keeper);
  return { look, hit: (fault: Fault) => strike(field, fault) ?? (() => {}) };
}

const one = (kind: FaultKind): Fault => ({
  kind,
  id: 1,
  atMs: 0,
  forMs: 1,
  node: 0,
  other: 1,
  size: 0.1,
});
const another = (kind: FaultKind): Fault => ({ ...one(kind), id: 2, size: 0.7 });

function alone(fault: Fault): readonly string[] {
  const { look, hit } = stage();
  hit(fault);
  return look();
}

const calm = stage().look();

test('every fault that lasts is seen here', () => {
  const unseen = faultKinds.filter((kind) => alone(one(kind)).join() === calm.join());
  assert.deepEqual(unseen, momentary);
});

// Catches: the end of a fault that brings back how things were when it began, or makes all well.
test('when one of two faults is over, what is wrong is what the other alone does', () => {
  const onesAlone = new Map(faultKinds.map((kind) => [kind, alone(one(kind))]));
  const othersAlone = new Map(faultKinds.map((kind) => [kind, alone(another(kind))]));
  for (const first of faultKinds) {
    for (const second of faultKinds) {
      for (const over of ['the first', 'the second'] as const) {
        const { look, hit } = stage();
        const reliefs = [hit(one(first)), hit(another(second))] as const;
        const where = `${first}, then ${second}, ${over} is over`;
        reliefs[over === 'the first' ? 0 : 1]();
        const left = over === 'the first' ? othersAlone.get(second) : onesAlone.get(first);
        assert.deepEqual(look(), left, where);
      }
    }
  }
});

test('when both are over all is well, however often they are called off', () => {
  for (const first of faultKinds) {
    for (const second of faultKinds) {
      const { look, hit } = stage();
      const reliefs = [hit(one(first)), hit(another(second))] as const;
      for (const place of [0, 0, 1, 1, 0] as const) reliefs[place]();
      assert.deepEqual(look(), calm, `${first}, then ${second}`);
    }
  }
});
