/**
 * A chart as a Mermaid state diagram, for documents whose reader draws those. Mermaid has no way
 * to draw what leads from a state into itself, into its own inside or out of it, or to another
 * region: that is written into the state, as is what it does on its way in and out.
 */
import type { Chart, ChartState } from '../../../machines/protocol/chart.ts';
import { familyOf, type Family } from '../../inspector/drawing/family.ts';
import { linesOf } from '../../inspector/drawing/lines.ts';
import { routesOf, type Route } from '../../inspector/drawing/routes.ts';
import { deeds, occasion } from '../../inspector/drawing/wording.ts';

type Plan = Readonly<{
  family: Family;
  routes: readonly Route[];
  nameOf: (state: string) => string;
}>;

export function inMermaid(chart: Chart): string {
  const family = familyOf(chart);
  const plan = { family, routes: routesOf(family), nameOf: namesOf(family) };
  return ['stateDiagram-v2', ...linesIn(chart.root, plan).map((line) => `  ${line}`), ''].join(
    '\n',
  );
}

function linesIn(state: ChartState, plan: Plan): string[] {
  const { nameOf } = plan;
  const name = nameOf(state.id);
  if (state.states.length === 0) {
    return [
      `state "${escaped(titleOf(state))}" as ${name}`,
      ...wordsOf(state, plan).map((words) => `${name} : ${words}`),
      ...(state.kind === 'final' ? [`${name} --> [*]`] : []),
    ];
  }
  const words = wordsOf(state, plan);
  return [
    `state "${escaped(titleOf(state))}" as ${name} {`,
    ...inside(state, plan).map((line) => `  ${line}`),
    '}',
    ...(words.length === 0
      ? []
      : [`note right of ${name}`, ...words.map((line) => `  ${line}`), 'end note']),
  ];
}

function inside(state: ChartState, plan: Plan): string[] {
  const { nameOf, routes } = plan;
  if (state.kind === 'parallel') {
    return state.states.flatMap((region, nth) => [
      ...(nth === 0 ? [] : ['--']),
      ...linesIn(region, plan),
    ]);
  }
  return [
    ...(state.initial === null ? [] : [`[*] --> ${nameOf(state.initial)}`]),
    // An arrow stands in the innermost state that holds both of its ends, and before them: where
    // a state is named last, there Mermaid draws it.
    ...routes
      .filter((route) => commonHolder(plan.family, route) === state.id)
      .flatMap(({ from, to, transitions }) =>
        transitions.map(
          (each) =>
            `${nameOf(from)} --> ${nameOf(to)} : ${escaped(`${occasion(each)} ${deeds(each)}`)}`,
        ),
      ),
    ...state.states.flatMap((child) => linesIn(child, plan)),
  ];
}

function commonHolder(family: Family, { from, to }: Route): string | undefined {
  const others = new Set(family.get(to)?.around.map(({ id }) => id));
  return family.get(from)?.around.findLast(({ id }) => others.has(id))?.id;
}

const titleOf = ({ key, kind }: ChartState): string => {
  if (kind === 'shallow-history') return 'H';
  return kind === 'deep-history' ? 'H*' : key;
};

function wordsOf(state: ChartState, { family }: Plan): string[] {
  const described = state.description === null ? [] : [state.description];
  const rest = linesOf(state, family, 'full').filter(({ kind }) => kind !== 'description');
  return [...described, ...rest.map(({ full }) => full)].map(escaped);
}

/** Without what means something to Mermaid: each such character by its number. */
const escaped = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[^\p{L}\p{N} .,()[\]/*+'!?=_|&→§-]/gu, (found) => `#${found.codePointAt(0)};`)
    // It would begin another region.
    .replace(/--+/g, (found) => '#45;'.repeat(found.length));

/** No two alike, and none of Mermaid's own words, which have no underscore. */
function namesOf(family: Family): (state: string) => string {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of family.keys()) {
    const plain = id.replace(/[^A-Za-z0-9]+/g, '_');
    let name = plain.includes('_') ? plain : `${plain}_`;
    for (let nth = 2; taken.has(name); nth += 1) name = `${plain}_${nth}`;
    taken.add(name);
    names.set(id, name);
  }
  return (state) => names.get(state) ?? 'nowhere_';
}
