/** What befalls a cluster at some moment of an example. */
import type { World } from '../world/world.ts';

/** To be called when the cluster has settled. Returns when everything is as it was. */
export type Fault = (world: World) => number;

const takesMs = 2_000;

export const leaderCrashes =
  (momentMs: number): Fault =>
  (world) => {
    world.after(momentMs - world.nowMs, () => {
      const leader = world.leader();
      if (leader === null) return;
      world.crashSoon(leader);
      world.after(takesMs, () => world.boot(leader));
    });
    return momentMs + takesMs + bootMs;
  };

export const allRestart =
  (momentMs: number): Fault =>
  (world) => {
    world.after(momentMs - world.nowMs, () => {
      for (const node of world.members) world.crashSoon(node);
      world.after(takesMs, () => world.members.forEach((node) => world.boot(node)));
    });
    return momentMs + takesMs + bootMs;
  };

/** As a process that is stopped by a debugger: it goes on later as if nothing had been. */
export const leaderPauses =
  (momentMs: number): Fault =>
  (world) => {
    world.after(momentMs - world.nowMs, () => {
      const leader = world.leader();
      if (leader === null) return;
      world.pause(leader);
      world.after(takesMs, () => world.wake(leader));
    });
    return momentMs + takesMs;
  };

/** More than it takes to read a disk. */
const bootMs = 200;
