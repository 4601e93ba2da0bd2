/**
 * A drawing as one SVG file that needs nothing beside it. It looks light or dark as its reader
 * does, and says to those who do not see it what it shows.
 */
import type { Chart } from '../../../machines/protocol/chart.ts';
import { stateIdsOf } from '../../inspector/bridges/version4.ts';
import { metrics } from '../../inspector/drawing/metrics.ts';
import type { Area, Arrow, Box, Drawing, WrittenLine } from '../../inspector/drawing/shapes.ts';

const monospaced = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
const proportional = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif';

const colours = {
  light: { ground: '#ffffff', box: '#f6f7f9', edge: '#8b93a1', ink: '#1d2129', soft: '#5b6472' },
  dark: { ground: '#14171c', box: '#1e232b', edge: '#69748a', ink: '#e8ebf0', soft: '#a2acbd' },
} as const;

const variables = (of: (typeof colours)['light' | 'dark']): string =>
  Object.entries(of)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');

const style = `
svg { ${variables(colours.light)} }
@media (prefers-color-scheme: dark) { svg { ${variables(colours.dark)} } }
.ground { fill: var(--ground); }
.box { fill: var(--box); fill-opacity: 0.7; stroke: var(--edge); }
.region { stroke-dasharray: 5 4; }
.inner, .divider { fill: none; stroke: var(--edge); }
.arrow { fill: none; stroke: var(--soft); stroke-width: 1.2; }
.tip, .dot { fill: var(--soft); }
.label { fill: var(--ground); fill-opacity: 0.9; }
text { fill: var(--ink); stroke: var(--box); stroke-width: 4px; paint-order: stroke; white-space: pre; }
.title { font: 600 ${metrics.title.sizePx}px ${proportional}; }
.code { font: ${metrics.code.sizePx}px ${monospaced}; }
.prose { font: ${metrics.prose.sizePx}px ${proportional}; fill: var(--soft); }
.ignored { fill: var(--soft); }
`;

export function inSvg(chart: Chart, drawing: Drawing): string {
  const width = Math.ceil(drawing.width);
  const height = Math.ceil(drawing.height);
  const count = stateIdsOf(chart).length;
  const about = chart.root.description ?? '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title about">`,
    `<title id="title">Statechart of ${escaped(chart.id)}</title>`,
    `<desc id="about">${escaped(`${about} ${count} states, beginning in ${chart.root.states.map(({ key }) => key).join(', ')}.`.trim())}</desc>`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...drawing.boxes.flatMap(boxIn),
    ...drawing.arrows.flatMap(wayIn),
    ...drawing.dots.map(
      ({ x, y, radius }) => `<circle class="dot" cx="${short(x)}" cy="${short(y)}" r="${radius}"/>`,
    ),
    // On top of all ways, so that none of them runs through writing.
    ...drawing.boxes.flatMap(writingIn),
    ...drawing.arrows.flatMap(labelIn),
    '</svg>',
    '',
  ].join('\n');
}

function boxIn(box: Box): string[] {
  const { kind, isRegion, lines, divider, x, y, width } = box;
  const isHistory = kind === 'shallow-history' || kind === 'deep-history';
  return [
    rect(box, isRegion ? 'box region' : 'box', isHistory ? width / 2 : 6),
    ...(kind === 'final' ? [rect(shrunk(box), 'inner', 4)] : []),
    ...(divider === null || lines.length === 0
      ? []
      : [
          `<path class="divider" d="M${short(x)} ${short(Math.max(divider, y))}h${short(width)}"/>`,
        ]),
  ];
}

const writingIn = ({ title, lines }: Box): string[] => [
  `<text class="title" x="${short(title.x)}" y="${short(title.baseline)}">${escaped(title.text)}</text>`,
  ...lines.map(lineIn),
];

const shrunk = ({ x, y, width, height }: Area): Area => ({
  x: x + 3,
  y: y + 3,
  width: width - 6,
  height: height - 6,
});

const rect = ({ x, y, width, height }: Area, name: string, radius: number): string =>
  `<rect class="${name}" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" rx="${short(radius)}"/>`;

function lineIn({ kind, writing, text, full, x, baseline }: WrittenLine): string {
  const name = kind === 'ignored' ? `${writing} ignored` : writing;
  // Whoever opens the file by itself reads there what was cut.
  const uncut = text === full ? '' : `<title>${escaped(full)}</title>`;
  return `<text class="${name}" x="${short(x)}" y="${short(baseline)}">${uncut}${escaped(text)}</text>`;
}

const wayIn = ({ path, tip }: Arrow): string[] => [
  `<path class="arrow" d="${path}"/>`,
  `<path class="tip" d="M0 0L-8 -4L-8 4Z" transform="translate(${short(tip.x)} ${short(tip.y)}) rotate(${tip.degrees})"/>`,
];

const labelIn = ({ label }: Arrow): string[] =>
  label === null ? [] : [rect(label, 'label', 3), ...label.lines.map(lineIn)];

/** A tenth of a pixel is as fine as anybody sees. */
const short = (value: number): string => String(Math.round(value * 10) / 10);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escaped = (text: string): string =>
  text
    // Such characters have no place in XML at all.
    // oxlint-disable-next-line no-control-regex -- Those are what must not be in it.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"]/g, (found) => entities[found] ?? found);
