/** A list of any length: only the rows on the screen are made. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { windowOf } from '../model/window.ts';

type Props<Row> = Readonly<{
  label: string;
  rows: readonly Row[];
  rowPx: number;
  keyOf: (row: Row) => string | number;
  /** By its key: brought into view when it changes. */
  chosen?: string | number | null;
  render: (row: Row) => ComponentChildren;
  /** Near the end: there may be more to be had. */
  onEnd?: () => void;
}>;

export function VirtualList<Row>({
  label,
  rows,
  rowPx,
  keyOf,
  chosen = null,
  render,
  onEnd,
}: Props<Row>) {
  const place = useRef<HTMLDivElement>(null);
  const [scrolledPx, setScrolled] = useState(0);
  const [screenPx, setScreen] = useState(600);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setScreen(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = place.current;
    const nth = chosen === null ? -1 : rows.findIndex((row) => keyOf(row) === chosen);
    if (element === null || nth < 0) return;
    const top = nth * rowPx;
    const { scrollTop, clientHeight } = element;
    if (top >= scrollTop && top + rowPx <= scrollTop + clientHeight) return;
    element.scrollTop = top - clientHeight / 2;
  }, [chosen, rows.length > 0]);
  const shown = windowOf(rows.length, rowPx, scrolledPx, screenPx);
  const isAtEnd = shown.end >= rows.length;
  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, rows.length]);
  return (
    <div
      ref={place}
      class="virtual-list"
      role="group"
      aria-label={label}
      tabIndex={0}
      onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollTop)}
    >
      {/* Set by way of the DOM: the page's policy lets no style into its text. */}
      <div class="virtual-all" style={{ height: `${shown.heightPx}px` }}>
        <ul class="virtual-shown" style={{ transform: `translateY(${shown.topPx}px)` }}>
          {rows.slice(shown.first, shown.end).map((row) => (
            <li key={keyOf(row)} style={{ height: `${rowPx}px` }}>
              {render(row)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
