/** What was found about one machine, for people. */
import { unreachable } from '../../../machines/protocol/invariant.ts';
import { paint } from '../output.ts';
import type { MachineFinding, Problem } from './findings.ts';

export function inLines(finding: MachineFinding): string {
  const { machine, verdict, problems, first } = finding;
  const unshown = problems - first.length;
  return [
    `${paint.bold(machine)}: ${verdict}${inWords(finding)}`,
    ...first.map(lineOf),
    ...(unshown > 0 ? [`  and ${counted(unshown, 'more problem')}`] : []),
  ].join('\n');
}

const lineOf = ({ kind, key, what }: Problem): string =>
  `  ${key === undefined ? '' : `${key}: `}${what} [${kind}]`;

function inWords({ verdict, instances, goOver }: MachineFinding): string {
  switch (verdict) {
    case 'new':
      return ', with no instance in the log';
    case 'missing':
    case 'unchanged':
      return `, ${counted(instances, 'instance')}`;
    case 'changed': {
      const stay = instances - goOver;
      const all = `, ${counted(instances, 'instance')}: ${number(goOver)} would go over`;
      return stay === 0
        ? paint.green(all)
        : `${all}, ${paint.red(`${number(stay)} would not`)}, and unless all do, none does`;
    }
    default:
      return unreachable(verdict);
  }
}

const number = (count: number): string => count.toLocaleString('en');

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;
