/**
 * Which transitions of a chart are drawn as arrows. The rest would only run across the drawing, from
 * a state to itself, into its own inside or out of it, or between regions: they are written as rows.
 */
import type { ChartTransition } from '../../../machines/protocol/chart.ts';
import { isWithin, sharedGround, type Family } from './family.ts';

/** All transitions of one state to one other: one arrow. */
export type Route = Readonly<{
  id: string;
  from: string;
  to: string;
  transitions: readonly ChartTransition[];
}>;

export function routesOf(family: Family): readonly Route[] {
  const routes = new Map<string, Route>();
  for (const { state } of family.values()) {
    for (const transition of state.transitions) {
      if (!isArrow(family, state.id, transition)) continue;
      for (const to of transition.targets) {
        const id = `${state.id} → ${to}`;
        const others = routes.get(id)?.transitions ?? [];
        routes.set(id, { id, from: state.id, to, transitions: [...others, transition] });
      }
    }
  }
  return [...routes.values()];
}

export const isArrow = (family: Family, from: string, { targets }: ChartTransition): boolean =>
  targets.length > 0 &&
  targets.every(
    (to) =>
      to !== from &&
      family.has(to) &&
      !isWithin(family, to, from) &&
      !isWithin(family, from, to) &&
      sharedGround(family, from, to) !== null,
  );
