/** A context as the rows of a tree, those below a closed one left out, with what changed marked. */
import type { Difference } from '../../question-protocol.ts';
import { isTree, pathTo } from './differences.ts';
import { brief } from './words.ts';

export type TreeRow = Readonly<{
  path: string;
  depth: number;
  name: string;
  /** The value, or what a closed branch holds. */
  text: string;
  isBranch: boolean;
  isOpen: boolean;
  /** `within`: something below it changed, and is hidden. */
  change: 'added' | 'changed' | 'removed' | 'within' | null;
  /** In a few words, what it was. */
  before: string | null;
}>;

const mostRows = 600;
/** Deeper, or longer, is closed until somebody opens it. */
const openDepth = 2;
const openItems = 12;

export type Opened = ReadonlyMap<string, boolean>;

export function treeRows(
  context: unknown,
  differences: readonly Difference[],
  opened: Opened,
): readonly TreeRow[] {
  const changes = new Map(differences.map((each) => [each.path, each]));
  const rows: TreeRow[] = [];
  const removedFrom = (path: string): Difference[] =>
    differences.filter((each) => !('after' in each) && parentOf(each.path) === path);

  const add = (value: unknown, name: string, path: string, depth: number): void => {
    if (rows.length >= mostRows) return;
    const isBranch = isTree(value) && Object.keys(value).length > 0;
    const isOpen = isBranch && (opened.get(path) ?? isOpenAtFirst(value, depth));
    const change = changes.get(path);
    rows.push({
      path,
      depth,
      name,
      text: isOpen ? '' : isBranch ? summary(value) : brief(value, 120),
      isBranch,
      isOpen,
      change: changeAt(change) ?? (isBranch && !isOpen ? changeBelow(differences, path) : null),
      before: change !== undefined && 'before' in change ? brief(change.before, 40) : null,
    });
    if (isOpen) addFields(value, path, depth + 1);
  };
  const addFields = (value: object, path: string, depth: number): void => {
    const isList = Array.isArray(value);
    for (const [field, inner] of Object.entries(value)) {
      add(inner, field, pathTo(path, field, isList), depth);
    }
    for (const { path: gone, before } of removedFrom(path)) {
      rows.push({
        path: gone,
        depth,
        name: gone.slice(path.length).replace(/^\.|^\[|\]$/g, ''),
        text: '',
        isBranch: false,
        isOpen: false,
        change: 'removed',
        before: brief(before, 40),
      });
    }
  };
  if (isTree(context)) addFields(context, 'context', 0);
  else if (context !== undefined && context !== null) add(context, 'context', 'context', 0);
  return rows;
}

const isOpenAtFirst = (value: object, depth: number): boolean =>
  depth < openDepth && Object.keys(value).length <= openItems;

function changeAt(change: Difference | undefined): TreeRow['change'] {
  if (change === undefined) return null;
  if (!('before' in change)) return 'added';
  return 'after' in change ? 'changed' : 'removed';
}

const changeBelow = (differences: readonly Difference[], path: string): TreeRow['change'] =>
  differences.some((each) => each.path.startsWith(`${path}.`) || each.path.startsWith(`${path}[`))
    ? 'within'
    : null;

const parentOf = (path: string): string =>
  path.replace(/(\.[^.[\]]+|\[(?:\d+|"(?:[^"\\]|\\.)*")\])$/, '');

function summary(value: object): string {
  const size = Object.keys(value).length;
  return Array.isArray(value) ? `[${size}]` : `{${size}}`;
}
