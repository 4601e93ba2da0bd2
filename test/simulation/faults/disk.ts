/** Disks that are slow, fail, are full, or rot. */
import type { NodeDisk } from '../../world/disk.ts';
import type { DiskOperation } from '../../../runtime/storage/simulated-disk.ts';
import type { Strike } from './fault.ts';
import { allOf, anyOf, Layers, leastOf, mostOf, together, type OnOff } from './layers.ts';

const rotAgainMs = 7;

type Kind = DiskOperation['kind'];
type Failure = NodeDisk['failure'];
type Death = (kind: Kind) => boolean;

/** What is done to names when a segment is begun; renaming, which is at no other time, the more. */
export const namings = [
  'create',
  'rename',
  'rename',
  'flushFolder',
] as const satisfies readonly Kind[];

/** What is wrong with one disk. */
export class DiskTroubles {
  readonly slow: Layers<number, number>;
  readonly stuck: OnOff;
  readonly failing: Layers<Failure, readonly Failure[]>;
  readonly full: Layers<number, number>;
  /** Each sees every operation to come, and answers whether the process dies before it. */
  readonly deadly: Layers<Death, readonly Death[]>;
  readonly afterFlush: Layers<() => void, readonly (() => void)[]>;

  constructor(disk: NodeDisk) {
    this.slow = new Layers(mostOf, (ms) => (disk.slowMs = ms));
    this.stuck = new Layers(anyOf, (isStuck) => {
      if (isStuck) disk.isHeld = true;
      else disk.release();
    });
    this.failing = new Layers(allOf, (failures) => {
      disk.failure = (operation) => {
        for (const failure of failures) {
          const code = failure(operation);
          if (code !== null) return code;
        }
        return null;
      };
    });
    this.full = new Layers(leastOf, (bytes) => disk.leave(bytes));
    this.deadly = new Layers(allOf, (deaths) => {
      disk.intercept = (_, { kind }) => deaths.some((isDeadly) => isDeadly(kind));
    });
    this.afterFlush = new Layers(allOf, (listeners) => {
      disk.flushed = () => {
        for (const listener of listeners) listener();
      };
    });
  }
}

/** What a disk may fail at alone. Names are seldom asked for, so these come up more often. */
const failingAt: readonly Kind[] = [
  ...(['write', 'flush', 'open', 'read', 'list', 'remove'] as const),
  ...namings,
  ...namings,
  ...namings,
];
/** A node that is up asks for none of these. */
const whenStarting: ReadonlySet<Kind | null> = new Set(['open', 'read', 'list', 'remove']);

export const diskFaults = {
  'slow disk': ({ troublesOf }, { node, fault }) =>
    troublesOf(node).slow.lay(10 + fault.size * 600),
  'slow disks'({ world, troublesOf }, { fault }) {
    return together(
      world.members.map((member) => troublesOf(member).slow.lay(10 + fault.size * 200)),
    );
  },
  /** Nothing comes back from it, until all does. */
  'stuck disk': ({ troublesOf }, { node }) => troublesOf(node).stuck.lay(true),
  /** It fails at everything or at one kind of thing, always or now and then; whoever tries is told. */
  'failing disk'({ world, troublesOf }, { node, dice }) {
    const at = dice.happens(0.5) ? null : dice.pick(failingAt);
    const share = dice.pick([1, 1, 0.3]);
    const relief = troublesOf(node).failing.lay(({ kind }) =>
      (at === null || kind === at) && (share === 1 || dice.happens(share)) ? 'EIO' : null,
    );
    if (whenStarting.has(at)) world.crash(node, 'process');
    return relief;
  },
  /** What still fits is written, and then no more; or there is room for nothing new at all. */
  'full disk'({ troublesOf }, { node, fault }) {
    const { failing, full } = troublesOf(node);
    return fault.size < 0.2
      ? failing.lay(() => 'ENOSPC')
      : full.lay(Math.floor(fault.size * 2_000));
  },
  /** One bit changes, in something that was written and flushed long ago. */
  'rotten bit'({ world, keeper }, { node, dice }) {
    const rot = (): void => {
      if (isOver) return;
      // Nothing may be old enough yet. And it shows when the disk is read again.
      if (!world.disk(node).rot(dice)) return world.after(rotAgainMs, rot);
      keeper.mayBeDamaged(node);
      world.crash(node, 'process');
    };
    let isOver = false;
    rot();
    return () => {
      isOver = true;
    };
  },
} satisfies Record<string, Strike>;
