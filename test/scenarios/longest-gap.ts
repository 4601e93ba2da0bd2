/** The longest time in which nothing that was proposed at one of these nodes got committed, ms. */
import type { World } from '../world/world.ts';

export async function longestGapMs(
  world: World,
  nodes: readonly string[],
  forMs: number,
): Promise<number> {
  const untilMs = world.nowMs + forMs;
  const latestMs = new Map(nodes.map((node) => [node, world.nowMs]));
  let longestMs = 0;
  while (world.nowMs < untilMs) {
    const asked = nodes.map((node) => world.propose(node));
    await world.run(20);
    for (const { node, outcome } of asked) {
      if (outcome?.end === 'committed') latestMs.set(node, world.nowMs);
      longestMs = Math.max(longestMs, world.nowMs - (latestMs.get(node) ?? 0));
    }
  }
  return longestMs;
}
