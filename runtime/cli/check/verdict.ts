/** What is said about one machine, for people. */
import type { CheckReport } from '../../check/check-replicable.ts';
import { paint } from '../output.ts';

export type Checked = CheckReport & Readonly<{ name: string }>;

export function inLines({ name, ok, problems, notes, covered }: Checked, verbose: boolean): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [
    `${paint.bold(name)}: ${ok ? paint.green('ok') : paint.red(count)}${coveredInWords(covered)}`,
    ...problems.flatMap((problem) => [
      `  ${placeOf(problem)}${problem.what}. [${problem.code}]`,
      ...('how' in problem && problem.how.length > 1
        ? [`    seen: ${problem.how.join(', ')}`]
        : []),
      `    ${problem.remedy}`,
    ]),
    ...unreachedInWords(covered),
    ...(verbose ? notes.map((note) => `  note: ${placeOf(note)}${note.what}`) : []),
  ].join('\n');
}

const placeOf = ({ child, where }: Readonly<{ child?: string; where: string }>): string =>
  `${child === undefined ? '' : `child "${child}": `}${where === '' ? '' : `state "${where}": `}`;

const number = (count: number): string => count.toLocaleString('en');

const counted = (count: number, thing: string): string =>
  `${number(count)} ${thing}${count === 1 ? '' : 's'}`;

function coveredInWords(covered: Checked['covered']): string {
  if (covered === null) return ', by its definition; not run';
  const { states, steps, endedBy } = covered;
  const tried = `, ${counted(states, 'state')} visited, ${counted(steps, 'transition')} tried`;
  return endedBy === null ? tried : `${tried}; there was more, but no more ${room[endedBy]}`;
}

const room = {
  states: 'room for states',
  steps: 'transitions allowed',
  time: 'time (--seconds)',
  problems: 'patience with problems',
} as const;

const unreachedMax = 8;

function unreachedInWords(covered: Checked['covered']): readonly string[] {
  const unreached = covered?.unreached ?? [];
  if (unreached.length === 0) return [];
  const shown = unreached.slice(0, unreachedMax).join(', ');
  const more =
    unreached.length > unreachedMax ? `, and ${unreached.length - unreachedMax} more` : '';
  return [`  never at rest in: ${shown}${more} (events with payloads may get there: --events)`];
}
