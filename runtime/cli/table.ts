/** Tables: drawn on a terminal, columns of plain text elsewhere. */
import Table from 'cli-table3';

export type Column = Readonly<{ title: string; align?: 'left' | 'right' }>;
export type Row = readonly string[];

export function renderTable(
  columns: readonly Column[],
  rows: readonly Row[],
  drawn: boolean,
): string {
  return drawn ? drawnTable(columns, rows) : plainTable(columns, rows);
}

function drawnTable(columns: readonly Column[], rows: readonly Row[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    // Colours are for what the reader must find, which a frame is not.
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function plainTable(columns: readonly Column[], rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines
    .map((line) =>
      columns
        .map(({ align }, at) =>
          align === 'right'
            ? (line[at] ?? '').padStart(widths[at] ?? 0)
            : (line[at] ?? '').padEnd(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
