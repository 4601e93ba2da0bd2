/** Where most stories begin: a leader serves, and everybody knows everything. */
import { World, type WorldOptions } from '../world/world.ts';

export async function settled(options: WorldOptions = {}) {
  const world = new World(options);
  await world.start();
  const leader = await world.settle();
  const others = world.members.filter((member) => member !== leader);
  const [one = '', two = ''] = others;
  return { world, leader, others, one, two };
}
