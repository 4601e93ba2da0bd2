/** Numbers, times and states as people read them. */
import type { StateValue } from '../../protocol.ts';

/** `1,234,567`. The same for every reader, as in everything else that Quorate says. */
export const number = (value: number): string => value.toLocaleString('en-US');

export const count = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`;

/** `340 ms`, `1.2 s`, `3 min`, `2 h`. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 10) return `${trimmed(ms, 1)} ms`;
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${trimmed(ms / 1_000, 1)} s`;
  if (size < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${trimmed(ms / 3_600_000, 1)} h`;
}

const trimmed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

/** `14:03:07.250`, in the reader's own time zone. */
export function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

/** `open.heard`; side by side: `office.established, reads.idle`. */
export function stateText(value: StateValue | null): string {
  return value === null ? '' : branches(value).join(', ');
}

function branches(value: StateValue): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([state, inner]) => {
    const within = inner === undefined ? [] : branches(inner);
    return within.length === 0 ? [state] : within.map((each) => `${state}.${each}`);
  });
}

/** Delays have names that only XState reads: `xstate.after.5000.order.open` is `after 5000 ms`. */
export function eventText(type: string): string {
  const delay = /^xstate\.after\.([^.]+)\./.exec(type)?.[1];
  if (delay === undefined) return type;
  return /^\d+$/.test(delay) ? `after ${delay} ms` : `after ${delay}`;
}

/** Any JSON on one line, cut short. */
export function brief(value: unknown, mostCharacters = 80): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters - 1)}…`;
}
