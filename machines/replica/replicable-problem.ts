/** What stands in the way of replicating a machine, in the words of the person who can change it. */

/** Public and stable. README has a line for each. */
export const problemCodes = [
  // Seen in the definition.
  'bad-name',
  'not-a-machine',
  'duplicate-id',
  'unknown-part',
  'malformed',
  'not-implemented',
  'route',
  'bad-option',
  'unknown-effect',
  // Seen when it runs.
  'cannot-begin',
  'reads-clock',
  'rolls-dice',
  'reads-time-zone',
  'reads-outside',
  'changes-in-place',
  'not-data',
  'never-rests',
  'bad-delay',
  'unknown-target',
  'reaches-outside',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** A problem without its place. */
export type Finding = Readonly<{
  code: ProblemCode;
  /** A clause about the place: "on entry it runs the action "x", which is not implemented". */
  what: string;
  /** A sentence of its own. */
  remedy: string;
}>;

export type Problem = Finding &
  Readonly<{
    /** The path of the state, dots between; empty for the machine as a whole. */
    where: string;
    /** The child it is about, by the names of the actors that lead there, slashes between. */
    child?: string;
  }>;

export function problemSentence(name: string, { child, where, what, remedy }: Problem): string {
  const place = [
    `Machine "${name}"`,
    ...(child === undefined ? [] : [`child "${child}"`]),
    ...(where === '' ? [] : [`state "${where}"`]),
  ];
  return `${place.join(', ')}: ${what}. ${remedy}`;
}
