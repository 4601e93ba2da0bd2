/** Disks that are slow, fail, are full, or rot. */
import type { Strike } from './fault.ts';

const rotAgainMs = 7;

export const diskFaults = {
  'slow disk'({ world }, { node, fault }) {
    const disk = world.disk(node);
    const { flushMs } = disk;
    disk.flushMs = () => 10 + fault.size * 600;
    return () => {
      disk.flushMs = flushMs;
    };
  },
  'slow disks'({ world }, { fault }) {
    const disks = world.members.map((member) => world.disk(member));
    const before = disks.map(({ flushMs }) => flushMs);
    for (const disk of disks) disk.flushMs = () => 10 + fault.size * 200;
    return () => {
      for (const [n, disk] of disks.entries()) disk.flushMs = before[n] ?? disk.flushMs;
    };
  },
  /** No flush comes back, until all do. */
  'stuck disk'({ world }, { node }) {
    const disk = world.disk(node);
    disk.isHeld = true;
    return () => disk.release();
  },
  /** Writes and flushes fail; whoever tries is told. */
  'failing disk'({ world }, { node }) {
    const disk = world.disk(node);
    disk.failsWith = 'EIO';
    return () => {
      disk.failsWith = null;
    };
  },
  /** What still fits is written, and then no more. */
  'full disk'({ world }, { node, fault }) {
    const disk = world.disk(node);
    disk.leave(Math.floor(fault.size * 2_000));
    return () => disk.leave(Infinity);
  },
  /** One bit changes, in something that was written and flushed long ago. */
  'rotten bit'({ world, keeper }, { node, dice }) {
    const rot = (): void => {
      if (isOver) return;
      // Not while something is being written; and it shows when the disk is read again.
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
