/** What a drawing says of a transition, in one line. */
import type { ChartTransition } from '../../../machines/protocol/chart.ts';

/** `PAY [isEnough]`. */
export const occasion = ({ label, guard }: ChartTransition): string =>
  guard === null ? label : `${label} [${guard}]`;

/** `/ keep, tell`, or nothing. */
export const deeds = ({ actions }: ChartTransition): string =>
  actions.length === 0 ? '' : ` / ${actions.join(', ')}`;

/** Without what the reader sees anyway: `#node.role.` of a state that is within `node.role`. */
export function nearName(id: string, seenFrom: string): string {
  const here = seenFrom.split('.');
  const there = id.split('.');
  let same = 0;
  while (same < there.length - 1 && here[same] === there[same]) same += 1;
  return there.slice(same).join('.');
}

/** It says that the event is known here, and that nothing comes of it. */
export const ignores = ({ targets, actions, guard }: ChartTransition): boolean =>
  targets.length === 0 && actions.length === 0 && guard === null;
