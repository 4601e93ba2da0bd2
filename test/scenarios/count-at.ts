/** What a node's own copy of a counter says; undefined where it has not begun. */
import type { World } from '../world/world.ts';

export const countAt = (world: World, node: string, key = 'k'): number | undefined => {
  const view = world.service(node).peek('counter', key)?.view;
  return (view?.context as { count: number } | undefined)?.count;
};
