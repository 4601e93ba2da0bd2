/** What befalls whoever leads. */
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { World } from '../../world/world.ts';
import type { Strike } from './fault.ts';
import type { Ways } from './network.ts';

/** Long enough for anybody's patience to be over. */
const leapMs = 1_000;
const hourMs = 3_600_000;

/** In the latest term that anybody leads. */
export function leaderOf(world: World): NodeId | null {
  const leading = world.members
    .filter((member) => world.isUp(member))
    .map((node) => {
      const { role, term } = world.statusOf(node);
      return { node, role, term };
    })
    .filter(({ role }) => role === 'leader')
    .toSorted((a, b) => b.term - a.term);
  return leading[0]?.node ?? null;
}

/** These and the others hear nothing of each other, and the clocks of the others have gone on. */
export function leaveBehind(world: World, ways: Ways, left: readonly NodeId[]): () => void {
  const others = world.members.filter((member) => !left.includes(member));
  for (const other of others) world.jump(other, leapMs);
  return ways.cut(
    left.flatMap((here) =>
      others.flatMap((there) => [[here, there] as const, [there, here] as const]),
    ),
  );
}

export const officeFaults = {
  /** The leader is told to hand over to one that is gone: it stays, after a while, and serves on. */
  'hand over in vain'({ world, keeper }, { dice }) {
    const leader = leaderOf(world);
    const others = world.members.filter((member) => member !== leader && world.isUp(member));
    if (leader === null || others.length === 0) return null;
    const heir = dice.pick(others);
    const comesBack = keeper.holdDown(heir);
    world.crash(heir, 'process');
    world.transfer(leader, heir);
    return comesBack;
  },
  /** Its lid was closed for up to an hour, and nobody has noticed yet. */
  'leader was asleep'({ world }, { fault }) {
    const leader = leaderOf(world);
    if (leader !== null) world.jump(leader, fault.size * hourMs);
    return null;
  },
} satisfies Record<string, Strike>;
