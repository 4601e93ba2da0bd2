/** Processes that die, stop, sleep or are asked to go. */
import {
  keepEverything,
  keepNothing,
  keepSectorsByChance,
} from '../../../runtime/storage/power-cut.ts';
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { Crash } from '../../world/disk.ts';
import type { Chance } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import { namings } from './disk.ts';
import type { Relief, Strike } from './fault.ts';
import { anyOf, Layers, together, type OnOff } from './layers.ts';
import { ofEach } from './of-each.ts';

const sectorBytes = 512;

const drawCrash = (dice: Chance): Crash =>
  dice.pick<() => Crash>([
    () => 'process',
    () => keepNothing,
    () => keepEverything,
    () => keepSectorsByChance(dice.fraction, sectorBytes),
  ])();

/** Whoever was stopped goes on when the last one who stopped it is over. */
export class Pauses {
  readonly #world: World;
  readonly #stops: (node: NodeId) => OnOff;

  constructor(world: World) {
    this.#world = world;
    this.#stops = ofEach((node) => {
      return new Layers(anyOf, (isStopped) => {
        if (!isStopped) world.wake(node);
      });
    });
  }

  stop(nodes: readonly NodeId[]): Relief {
    return together(
      nodes.map((node) => {
        // Anew each time: it may be another process by now.
        this.#world.pause(node);
        return this.#stops(node).lay(true);
      }),
    );
  }
}

export const processFaults = {
  /** `kill -9`, or its machine loses power; it stays away for a while. */
  crash({ world, keeper }, { node, dice }) {
    if (!world.isRunning(node)) return null;
    const comesBack = keeper.holdDown(node);
    world.crash(node, drawCrash(dice));
    return comesBack;
  },

  /** Before one of its next operations on disk, reading its log included, or before a name changes. */
  'crash while writing'({ world, troublesOf }, { node, dice, fault }) {
    const at = dice.happens(0.5) ? null : dice.pick(namings);
    let left = at === null ? Math.floor(fault.size * 12) : 0;
    const disarm = troublesOf(node).deadly.lay((kind) => {
      if (at === null || kind === at) left -= 1;
      if (left >= 0) return false;
      disarm();
      world.crashSoon(node, drawCrash(dice));
      return true;
    });
    return disarm;
  },

  /** A flush is done, and the process dies before it learns of it. */
  'crash after a flush'({ world, troublesOf }, { node, dice }) {
    const disarm = troublesOf(node).afterFlush.lay(() => {
      disarm();
      world.crashSoon(node, drawCrash(dice));
    });
    return disarm;
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
  pause: ({ pauses }, { node }) => pauses.stop([node]),

  /** A lid is closed on all of them. */
  'pause everybody': ({ world, pauses }) => pauses.stop(world.members),

  /** Somebody proposes Stopped, and Running again: until then all other proposals are refused. */
  'cluster stops'({ world, stops }, { node, other }) {
    const cluster = { machine: 'lifecycle', key: 'cluster' };
    world.propose(node, { type: 'STOP' }, cluster);
    const goOn = stops.lay(true);
    return () => {
      goOn();
      if (!stops.ruling) world.propose(other, { type: 'RUN' }, cluster);
    };
  },

  'hand over'({ world }, { node, other, fault }) {
    if (world.isUp(node)) world.transfer(node, fault.size < 0.5 ? other : null);
    return null;
  },
} satisfies Record<string, Strike>;
