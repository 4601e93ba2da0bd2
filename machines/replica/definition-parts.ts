/**
 * A definition taken apart, each part with its own fingerprint, so that two nodes which run
 * different ones can tell their operators where they differ without showing each other the code.
 */
import { fingerprint } from './fingerprint.ts';

/**
 * Fingerprints by what a person would call the part: `state "open", on PAY, guard` at depth 3,
 * `state "open", on PAY` at depth 2, `state "open"` at depth 1.
 */
export type Parts = Readonly<Record<string, string>>;

type Named = readonly [name: readonly string[], value: unknown];
type Fields = Readonly<Record<string, unknown>>;

export function partsOf(description: unknown, depth: number): Parts {
  const groups = new Map<string, Named[]>();
  for (const part of namedParts(description as Fields)) {
    const name = part[0].slice(0, depth).join(', ');
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [part]);
    else group.push(part);
  }
  return Object.fromEntries([...groups].map(([name, group]) => [name, fingerprint(group)]));
}

/** The names of those that differ, or that only one side has. */
export const differingParts = (ours: Parts, theirs: Parts): readonly string[] =>
  [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
    (name) => own(ours, name) !== own(theirs, name),
  );

const own = (parts: Parts, name: string): string | undefined =>
  Object.hasOwn(parts, name) ? parts[name] : undefined;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kinds = { guards: 'guard', actions: 'action', actors: 'actor', delays: 'delay' } as const;

/** `description` as the engine gives it, with what is said beside it where there is anything. */
function namedParts(description: Fields): readonly Named[] {
  const { definition = description, ...beside } = description;
  const options = definition === description ? {} : beside;
  const { chart, ...implementations } = definition as Fields;
  return [
    ...ofState(chart as Fields, ''),
    ...Object.entries(implementations).flatMap(([kind, all]) =>
      Object.entries(all as Fields).map(([name, value]): Named => [
        [`${kinds[kind as keyof typeof kinds]} "${name}"`],
        value,
      ]),
    ),
    ...Object.entries(options).map(([name, value]): Named => [[`option "${name}"`], value]),
  ];
}

function ofState(config: Fields, path: string): readonly Named[] {
  const name = path === '' ? 'the machine itself' : `state "${path}"`;
  return Object.entries(config).flatMap(([field, value]): readonly Named[] => {
    if (!isFields(value)) return [[[name, field], value]];
    switch (field) {
      case 'states':
        return [
          // Parallel ones act in that order.
          [[name, 'order of states'], Object.keys(value)],
          ...Object.entries(value).flatMap(([key, below]) =>
            ofState(below as Fields, path === '' ? key : `${path}.${key}`),
          ),
        ];
      case 'on':
      case 'after':
        return Object.entries(value).flatMap(([event, transition]) =>
          ofTransition(name, `${field} ${event}`, transition),
        );
      default:
        return [[[name, field], value]];
    }
  });
}

const ofTransition = (state: string, event: string, transition: unknown): readonly Named[] =>
  isFields(transition)
    ? Object.entries(transition).map(([field, value]): Named => [[state, event, field], value])
    : [[[state, event], transition]];
