/**
 * In which order the states beside each other are read: from the initial one along the arrows. ELK
 * is given every arrow in that direction, so that it has no cycle to break in a place of its own
 * choosing.
 */
import type { Family } from './family.ts';
import type { Route } from './routes.ts';

export type ReadingOrder = Readonly<{ isBackwards(route: Route): boolean }>;

export function readingOrderOf(family: Family, routes: readonly Route[]): ReadingOrder {
  const places = new Map<string, number>();
  const steps = routes.flatMap(({ from, to }) => stepBetween(family, from, to) ?? []);
  for (const { state } of family.values()) {
    const next = (id: string): string[] =>
      steps.filter((step) => step.from === id).map(({ to }) => to);
    const starts = [
      ...(state.initial === null ? [] : [state.initial]),
      ...state.states.map(({ id }) => id),
    ];
    inOrder(starts, next).forEach((id, nth) => places.set(id, nth));
  }
  return {
    isBackwards({ from, to }) {
      const step = stepBetween(family, from, to);
      return step !== null && (places.get(step.from) ?? 0) > (places.get(step.to) ?? 0);
    },
  };
}

/** The two states beside each other that hold them. */
function stepBetween(
  family: Family,
  from: string,
  to: string,
): Readonly<{ from: string; to: string }> | null {
  const one = lineage(family, from);
  const other = lineage(family, to);
  const nth = one.findIndex((id, place) => id !== other[place]);
  const [here, there] = [one[nth], other[nth]];
  return here === undefined || there === undefined ? null : { from: here, to: there };
}

const lineage = (family: Family, id: string): string[] => [
  ...(family.get(id)?.around ?? []).map((state) => state.id),
  id,
];

/** Whatever can be reached from a start comes behind it: a depth-first search, in reverse postorder. */
function inOrder(starts: readonly string[], next: (id: string) => string[]): string[] {
  const seen = new Set<string>();
  const visit = (id: string): string[] => {
    if (seen.has(id)) return [];
    seen.add(id);
    // Each branch finishes before the one that was looked at ahead of it.
    const behind = next(id).map(visit);
    return [id, ...behind.toReversed().flat()];
  };
  return starts.flatMap(visit);
}
