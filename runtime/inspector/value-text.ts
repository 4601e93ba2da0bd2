/** Where a chart stands, in a line: `open.heard`; regions side by side: `office.fresh, reads.idle`. */
import type { StateValue } from './protocol.ts';

export function valueText(value: StateValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .flatMap(([state, within]) => {
      if (typeof within !== 'object') return `${state}.${within}`;
      const inner = Object.keys(within);
      return inner.length === 0 ? state : prefixed(state, within);
    })
    .join(', ');
}

const prefixed = (state: string, within: StateValue): string =>
  valueText(within)
    .split(', ')
    .map((inner) => `${state}.${inner}`)
    .join(', ');
