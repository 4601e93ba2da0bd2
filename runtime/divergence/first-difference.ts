/** Where two spelled states differ first, in the order in which ours is written. */

export type Difference = Readonly<{
  /** As one would write it in code; empty for the whole. */
  path: string;
  /** Undefined where there is nothing. */
  ours: unknown;
  theirs: unknown;
}>;

/** Null where there is none. */
export function firstDifference(ours: unknown, theirs: unknown, path = ''): Difference | null {
  if (isObject(ours) && isObject(theirs)) {
    if (Array.isArray(ours) !== Array.isArray(theirs)) return { path, ours, theirs };
    if (isMap(ours) && isMap(theirs)) return differenceOfMaps(ours['(Map)'], theirs['(Map)'], path);
    return differenceOfFields(ours, theirs, path);
  }
  return Object.is(ours, theirs) ? null : { path, ours, theirs };
}

type Fields = Readonly<Record<string, unknown>>;
type Pairs = readonly (readonly [key: unknown, value: unknown])[];

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isMap = (value: Fields): value is Readonly<{ '(Map)': Pairs }> =>
  Array.isArray(value['(Map)']);

function differenceOfFields(ours: Fields, theirs: Fields, path: string): Difference | null {
  const names = Object.keys(ours);
  for (const name of new Set([...names, ...Object.keys(theirs)])) {
    const own = (fields: Fields): unknown =>
      Object.hasOwn(fields, name) ? fields[name] : undefined;
    const found = firstDifference(own(ours), own(theirs), path + step(name, ours));
    if (found !== null) return found;
  }
  const order = Object.keys(theirs);
  return names.every((name, at) => order[at] === name)
    ? null
    : { path: `${path}(order of fields)`, ours: names, theirs: order };
}

function differenceOfMaps(ours: Pairs, theirs: Pairs, path: string): Difference | null {
  for (let at = 0; at < Math.max(ours.length, theirs.length); at += 1) {
    const [key, value] = ours[at] ?? [undefined, undefined];
    const [theirKey, theirValue] = theirs[at] ?? [undefined, undefined];
    if (firstDifference(key, theirKey) !== null) {
      return { path: `${path}(Map)[${at}]`, ours: ours[at], theirs: theirs[at] };
    }
    const found = firstDifference(value, theirValue, `${path}.get(${JSON.stringify(key)})`);
    if (found !== null) return found;
  }
  return null;
}

function step(name: string, within: Fields): string {
  if (Array.isArray(within)) return `[${name}]`;
  if (/^\(.*\)$/.test(name)) return name;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
