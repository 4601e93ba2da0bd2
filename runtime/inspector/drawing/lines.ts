/** What is written into a state's box, line by line, and how much room it takes. */
import type { ChartState, ChartTransition } from '../../../machines/protocol/chart.ts';
import type { Family } from './family.ts';
import { cut, metrics, widthOf, wrapped, type Writing } from './metrics.ts';
import { isArrow, type Route } from './routes.ts';
import { deeds, ignores, nearName, occasion } from './wording.ts';

export type Line = Readonly<{
  kind: 'description' | 'entry' | 'exit' | 'invoke' | 'transition' | 'ignored';
  text: string;
  /** Uncut, where it was cut. */
  full: string;
  writing: Writing;
  transitions: readonly string[];
  /** The types of the events behind it: of `after`, that of its timer. */
  events: readonly string[];
}>;

/**
 * In full, a box says all that its state does. In brief, it says where the chart can go: without
 * descriptions, actions, and what stays where it is.
 */
export type Detail = 'full' | 'brief';

const most = { lineCharacters: 46, proseCharacters: 40, proseLines: 3, labelCharacters: 34 };
/** One arrow for many transitions has so many lines, and one for the rest. */
const mostLabelLines = 5;

export function linesOf(state: ChartState, family: Family, detail: Detail): readonly Line[] {
  if (detail === 'brief') return briefLinesOf(state, family);
  const { id, description, entry, exit, invokes, transitions } = state;
  const plain = (kind: Line['kind'], full: string, writing: Writing = 'code'): Line => ({
    kind,
    full,
    text: cut(full, most.lineCharacters),
    writing,
    transitions: [],
    events: [],
  });
  const described = wrapped(description ?? '', most.proseCharacters, most.proseLines);
  const rows = transitions.filter((each) => !isArrow(family, id, each) && !ignores(each));
  const ignored = transitions.filter(ignores);
  return [
    ...described.map((text) => ({ ...plain('description', description ?? '', 'prose'), text })),
    ...entry.map((action) => plain('entry', `entry / ${action}`)),
    ...exit.map((action) => plain('exit', `exit / ${action}`)),
    ...invokes.map(({ src, id: name }) =>
      plain('invoke', name === src ? `runs ${src}` : `runs ${src} as ${name}`),
    ),
    ...rows.map((transition) => rowOf(transition, id, detail)),
    ...(ignored.length === 0 ? [] : [ignoredRow(ignored)]),
  ];
}

function briefLinesOf({ id, transitions }: ChartState, family: Family): readonly Line[] {
  return transitions
    .filter((each) => each.targets.length > 0 && !isArrow(family, id, each))
    .map((transition) => rowOf(transition, id, 'brief'));
}

function rowOf(transition: ChartTransition, from: string, detail: Detail): Line {
  const to = transition.targets.map((target) =>
    target === from ? 'itself' : nearName(target, from),
  );
  const where = to.length === 0 ? '' : ` → ${to.join(', ')}`;
  const said = `${occasion(transition)}${where}`;
  return lineOf(transition, said, detail, most.lineCharacters);
}

function lineOf(
  transition: ChartTransition,
  said: string,
  detail: Detail,
  characters: number,
): Line {
  const full = `${said}${deeds(transition)}`;
  return {
    kind: 'transition',
    full,
    text: cut(detail === 'full' ? full : said, characters),
    writing: 'code',
    transitions: [transition.id],
    events: [transition.event],
  };
}

function ignoredRow(ignored: readonly ChartTransition[]): Line {
  const full = `ignores ${ignored.map(({ label }) => label).join(', ')}`;
  return {
    kind: 'ignored',
    full,
    text: full.length <= most.lineCharacters ? full : `ignores ${ignored.length} events`,
    writing: 'code',
    transitions: ignored.map(({ id }) => id),
    events: ignored.map(({ event }) => event),
  };
}

export function labelOf({ transitions }: Route, detail: Detail): readonly Line[] {
  const lines = transitions.map((transition) =>
    lineOf(transition, occasion(transition), detail, most.labelCharacters),
  );
  if (lines.length <= mostLabelLines + 1) return lines;
  const rest = lines.slice(mostLabelLines);
  return [
    ...lines.slice(0, mostLabelLines),
    {
      kind: 'transition',
      full: rest.map(({ full }) => full).join('\n'),
      text: `and ${rest.length} more`,
      writing: 'code',
      transitions: rest.flatMap(({ transitions: ids }) => ids),
      events: rest.flatMap(({ events }) => events),
    },
  ];
}

export const roomFor = (lines: readonly Line[]): Readonly<{ width: number; height: number }> => ({
  width: Math.max(0, ...lines.map(({ text, writing }) => widthOf(text, writing))),
  height: lines.reduce((height, { writing }) => height + metrics[writing].linePx, 0),
});
