/** A context as a tree, with what the last step changed in it marked. */
import { useMemo, useState } from 'preact/hooks';
import type { Difference } from '../../question-protocol.ts';
import { treeRows, type Opened, type TreeRow } from '../model/tree-rows.ts';
import { classes } from './chart-drawing.tsx';

type Props = Readonly<{ value: unknown; differences: readonly Difference[] }>;

const nothing: Opened = new Map();

export function Tree({ value, differences }: Props) {
  const [opened, setOpened] = useState(nothing);
  const rows = useMemo(() => treeRows(value, differences, opened), [value, differences, opened]);
  if (rows.length === 0) return <p class="muted">Nothing in it.</p>;
  const toggle = ({ path, isOpen }: TreeRow): void => setOpened(new Map(opened).set(path, !isOpen));
  return (
    <ul class="tree">
      {rows.map((row) => (
        <li
          key={row.path}
          class={classes('tree-row', row.change, `depth-${Math.min(row.depth, 8)}`)}
        >
          {row.isBranch ? (
            <button
              type="button"
              class="tree-name"
              aria-expanded={row.isOpen}
              onClick={() => toggle(row)}
            >
              <span aria-hidden="true">{row.isOpen ? '▾' : '▸'}</span> {row.name}
            </button>
          ) : (
            <span class="tree-name">{row.name}</span>
          )}
          <span class="tree-value">{row.text}</span>
          {row.before !== null && <span class="tree-before">was {row.before}</span>}
          {row.change === 'added' && <span class="tree-before">new</span>}
        </li>
      ))}
    </ul>
  );
}
