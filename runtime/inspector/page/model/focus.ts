/**
 * What of a drawing matters most: all active states; if they lie too far apart to be read, those
 * within the branch that holds most of them, and so on inwards.
 */
import type { Area, Box, Drawing } from '../../drawing/shapes.ts';
import { around } from './viewport.ts';

/** So that it is seen where they are. */
const roomPx = 40;

const withRoom = ({ x, y, width, height }: Area): Area => ({
  x: x - roomPx,
  y: y - roomPx,
  width: width + 2 * roomPx,
  height: height + 2 * roomPx,
});

export function focusesOf({ boxes }: Drawing, active: ReadonlySet<string>): readonly Area[] {
  const leaves = boxes.filter(({ state, divider }) => divider === null && active.has(state));
  const branches = boxes.filter(({ state, divider }) => divider !== null && active.has(state));
  const focuses: Area[] = [];
  const look = (within: readonly Box[], depth: number): void => {
    const area = around(within);
    if (area === null) return;
    focuses.push(withRoom(area));
    const inner = branches
      .filter((branch) => branch.depth === depth)
      .map((branch) => within.filter((leaf) => leaf.state.startsWith(`${branch.state}.`)))
      .filter((each) => each.length > 0)
      .toSorted((a, b) => b.length - a.length)[0];
    if (inner !== undefined) look(inner, depth + 1);
  };
  look(leaves, 1);
  return focuses;
}
