/**
 * A line of a simulated world's trace, read back. The chronicle of the world writes it:
 *
 *      1204.318ms  b  /peer/c is {"streaming":"flowing"}
 *
 * Whatever else a line may say is there for people, and passes through as it is.
 */
import type { StateValue } from '../protocol.ts';

export type TraceLine = Readonly<{ atMs: number; who: string; said: string }>;

const linePattern = /^\s*(\d+(?:\.\d+)?)ms {2}(\S+)\s+(\S.*)$/;

/** Null for a line that is none of a trace. */
export function parseTraceLine(text: string): TraceLine | null {
  const [, at, who, said] = linePattern.exec(text) ?? [];
  return at === undefined || who === undefined || said === undefined
    ? null
    : { atMs: Number(at), who, said };
}

/** What a line means for the picture of the cluster. `actor` is within its node: `peer/b`; empty for the node's own. */
export type Meaning =
  | Readonly<{ type: 'is'; actor: string; value: StateValue }>
  | Readonly<{ type: 'takes'; actor: string; event: string; appliedIndex: number | null }>
  | Readonly<{ type: 'holds-role'; role: string; term: number }>
  | Readonly<{ type: 'came-up' | 'went-down' | 'paused' | 'woke' }>
  | Readonly<{ type: 'linked' | 'unlinked' | 'cut-off' | 'reached'; peer: string }>
  | Readonly<{ type: 'healed' }>
  | Readonly<{
      type: 'heard';
      from: string;
      kind: string;
      term: number;
      /** Null in a message that does not tell it. */
      commitIndex: number | null;
      matchIndex: number | null;
    }>
  | Readonly<{ type: 'flushed'; index: number; term: number }>
  | Readonly<{ type: 'applied'; index: number; application: Application }>;

/** Of the replica's own words for it, what a picture needs. */
export type Application = Readonly<{
  outcome?: Readonly<{
    accepted?: boolean;
    view?: Readonly<{
      status?: string;
      value?: StateValue;
      context?: unknown;
      output?: unknown;
    }> | null;
  }>;
  happened?: Readonly<{ machine: string; key: string; event: { type: string } }> | null;
}>;

type Reading = readonly [
  pattern: RegExp,
  read: (found: readonly (string | undefined)[]) => Meaning | null,
];

const readings: readonly Reading[] = [
  [
    /^(?:\/(\S+) )?is ([{"].*)$/,
    ([actor = '', json = '']) => {
      const value = parsed(json) as StateValue | undefined;
      return value === undefined ? null : { type: 'is', actor, value };
    },
  ],
  [
    /^(?:\/(\S+) )?takes (\S+)(?: through (\d+))?$/,
    ([actor = '', event = '', through]) => {
      const appliedIndex = through === undefined ? null : Number(through);
      return { type: 'takes', actor, event, appliedIndex };
    },
  ],
  [
    /^is (\w+) in term (\d+)$/,
    ([role = '', term]) => ({ type: 'holds-role', role, term: Number(term) }),
  ],
  [/^comes up, as process/, () => ({ type: 'came-up' })],
  [/^(?:crashes$|stops$|does not come up: )/, () => ({ type: 'went-down' })],
  [/^pauses$/, () => ({ type: 'paused' })],
  [/^wakes$/, () => ({ type: 'woke' })],
  [/^can talk to (\S+)$/, ([peer = '']) => ({ type: 'linked', peer })],
  [/^can no longer talk to (\S+)$/, ([peer = '']) => ({ type: 'unlinked', peer })],
  [/^is cut off from ([^\s,]+)/, ([peer = '']) => ({ type: 'cut-off', peer })],
  [/^reaches (\S+) again$/, ([peer = '']) => ({ type: 'reached', peer })],
  [/^heal$/, () => ({ type: 'healed' })],
  [
    /^hears from ([^\s:]+): (\w+) t(\d+)(.*)$/,
    ([from = '', kind = '', term, rest = '']) => {
      const commitIndex = numberIn(/commit(?:Index":| )(\d+)/, rest);
      const matchIndex = numberIn(/^ up to (\d+)$/, rest);
      return { type: 'heard', from, kind, term: Number(term), commitIndex, matchIndex };
    },
  ],
  [
    /^disk: (\d+) \(t(\d+)\) is safe$/,
    ([index, term]) => ({ type: 'flushed', index: Number(index), term: Number(term) }),
  ],
  [
    /^applies (\d+) \(t\d+\): (\{.*)$/,
    ([index, json = '']) => {
      const application = parsed(json) as Application | undefined;
      return application === undefined
        ? null
        : { type: 'applied', index: Number(index), application };
    },
  ],
];

/** Null where the line changes nothing that a picture shows. */
export function meaningOf({ said }: TraceLine): Meaning | null {
  for (const [pattern, read] of readings) {
    const found = pattern.exec(said);
    if (found !== null) return read(found.slice(1));
  }
  return null;
}

function numberIn(pattern: RegExp, text: string): number | null {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Undefined for what is no JSON: a trace may have been cut off, or edited by hand. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
