/** Which rows of a long list are on the screen: only those are made. */

export type Window = Readonly<{ first: number; end: number; topPx: number; heightPx: number }>;

const spareRows = 6;

export function windowOf(
  rows: number,
  rowPx: number,
  scrolledPx: number,
  screenPx: number,
): Window {
  const last = Math.max(0, rows - 1);
  const first = Math.min(last, Math.max(0, Math.floor(scrolledPx / rowPx) - spareRows));
  const end = Math.min(rows, Math.ceil((scrolledPx + screenPx) / rowPx) + spareRows);
  return { first, end: Math.max(first, end), topPx: first * rowPx, heightPx: rows * rowPx };
}
