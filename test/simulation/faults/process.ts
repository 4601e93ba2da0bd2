/** Processes that die, stop, sleep or are asked to go. */
import {
  keepEverything,
  keepNothing,
  keepSectorsByChance,
} from '../../../runtime/storage/power-cut.ts';
import type { Crash } from '../../world/disk.ts';
import type { Chance } from '../../world/random.ts';
import type { Strike } from './fault.ts';

const sectorBytes = 512;

const drawCrash = (dice: Chance): Crash =>
  dice.pick<() => Crash>([
    () => 'process',
    () => keepNothing,
    () => keepEverything,
    () => keepSectorsByChance(dice.fraction, sectorBytes),
  ])();

export const processFaults = {
  /** `kill -9`, or its machine loses power; it stays away for a while. */
  crash({ world, keeper }, { node, dice }) {
    if (!world.isRunning(node)) return null;
    const comesBack = keeper.holdDown(node);
    world.crash(node, drawCrash(dice));
    return comesBack;
  },

  /** In the middle of one of its next operations on disk, reading its log included. */
  'crash while writing'({ world }, { node, dice, fault }) {
    const disk = world.disk(node);
    let left = Math.floor(fault.size * 6);
    disk.intercept = () => {
      left -= 1;
      if (left >= 0) return false;
      disk.intercept = () => false;
      world.crashSoon(node, drawCrash(dice));
      return true;
    };
    return () => {
      disk.intercept = () => false;
    };
  },

  /** A flush is done, and the process dies before it learns of it. */
  'crash after a flush'({ world }, { node, dice }) {
    const disk = world.disk(node);
    disk.flushed = () => {
      disk.flushed = () => {};
      world.crashSoon(node, drawCrash(dice));
    };
    return () => {
      disk.flushed = () => {};
    };
  },

  /** It has voted, and asks itself on coming back whether it has. */
  'crash after voting'({ world }, { node, dice }) {
    const before = world.onSent;
    let isArmed = true;
    world.onSent = (from, to, message) => {
      before(from, to, message);
      if (!isArmed || from !== node || message.kind !== 'voteGranted') return;
      isArmed = false;
      world.crashSoon(node, drawCrash(dice));
    };
    return () => {
      isArmed = false;
    };
  },

  /** As it says something: what it said is on its way, what it would have done next is not done. */
  'crash while speaking'({ world }, { node, dice, fault }) {
    let left = Math.floor(fault.size * 20);
    const before = world.onSent;
    let isArmed = true;
    world.onSent = (from, to, message) => {
      before(from, to, message);
      if (!isArmed || from !== node) return;
      left -= 1;
      if (left >= 0) return;
      isArmed = false;
      world.crashSoon(node, drawCrash(dice));
    };
    return () => {
      isArmed = false;
    };
  },

  /** Everybody at once. */
  'power cut'({ world, keeper }, { dice }) {
    const comeBack = world.members.map((member) => keeper.holdDown(member));
    for (const member of world.members) world.crash(member, drawCrash(dice));
    return () => {
      for (const comesBack of comeBack) comesBack();
    };
  },

  /** SIGTERM: it hands over, finishes what it can, and goes. */
  stop({ world }, { node }) {
    world.terminate(node);
    return null;
  },

  /** SIGSTOP, and SIGCONT. */
  pause({ world }, { node }) {
    world.pause(node);
    return () => world.wake(node);
  },

  /** A lid is closed on all of them. */
  'pause everybody'({ world }) {
    for (const member of world.members) world.pause(member);
    return () => {
      for (const member of world.members) world.wake(member);
    };
  },

  /** Somebody proposes Stopped, and Running again: until then all other proposals are refused. */
  'cluster stops'({ world }, { node, other }) {
    const cluster = { machine: 'lifecycle', key: 'cluster' };
    world.propose(node, { type: 'STOP' }, cluster);
    return () => void world.propose(other, { type: 'RUN' }, cluster);
  },

  'hand over'({ world }, { node, other, fault }) {
    if (world.isUp(node)) world.transfer(node, fault.size < 0.5 ? other : null);
    return null;
  },
} satisfies Record<string, Strike>;
