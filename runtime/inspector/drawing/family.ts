/** Who is within whom in a chart. */
import type { Chart, ChartState, ChartTransition } from '../../../machines/protocol/chart.ts';

export type Member = Readonly<{
  state: ChartState;
  /** The states around it, outermost first. */
  around: readonly ChartState[];
}>;

export type Family = ReadonlyMap<string, Member>;

export function familyOf({ root }: Chart): Family {
  const family = new Map<string, Member>();
  const add = (state: ChartState, around: readonly ChartState[]): void => {
    family.set(state.id, { state, around });
    for (const child of state.states) add(child, [...around, state]);
  };
  add(root, []);
  return family;
}

export const allTransitions = (family: Family): ReadonlyMap<string, ChartTransition> =>
  new Map(
    [...family.values()].flatMap(({ state }) =>
      state.transitions.map((transition) => [transition.id, transition] as const),
    ),
  );

export const isWithin = (family: Family, inner: string, outer: string): boolean =>
  family.get(inner)?.around.some(({ id }) => id === outer) ?? false;

/** The innermost region of a parallel state that each is in, if both are in the same; else null. */
export function sharedGround(family: Family, one: string, other: string): string | null {
  const ground = groundOf(family, one);
  return ground === groundOf(family, other) ? ground : null;
}

/** The innermost region of a parallel state that holds it, and is not it; the root, if there is none. */
function groundOf(family: Family, id: string): string {
  const around = family.get(id)?.around ?? [];
  const nth = around.findLastIndex(({ kind }) => kind === 'parallel');
  return around[nth + 1]?.id ?? (nth < 0 ? (around[0]?.id ?? id) : `beside ${id}`);
}
