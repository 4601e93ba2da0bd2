/** The messages that carried one entry, as a diagram: a line for each node, an arrow for each message. */
import type { MessagePicture } from '../../question-protocol.ts';

export type SequenceRow = Readonly<{
  y: number;
  fromX: number;
  toX: number;
  message: MessagePicture;
  /** Since the first, where a clock tells. */
  sinceFirstMs: number | null;
  /** How long it was on its way, where both clocks tell; they may disagree. */
  tookMs: number | null;
}>;

export type Sequence = Readonly<{
  width: number;
  height: number;
  lanes: readonly Readonly<{ node: string; x: number }>[];
  rows: readonly SequenceRow[];
}>;

export const sequenceSize = { lanePx: 220, rowPx: 34, topPx: 46, sidePx: 96 } as const;

export function sequenceOf(
  nodes: readonly string[],
  messages: readonly MessagePicture[],
): Sequence {
  const { lanePx, rowPx, topPx, sidePx } = sequenceSize;
  const lanes = nodes.map((node, nth) => ({ node, x: sidePx + nth * lanePx }));
  const xOf = (node: string): number | null => lanes.find((lane) => lane.node === node)?.x ?? null;
  const times = messages.flatMap(({ sentMs, receivedMs }) => sentMs ?? receivedMs ?? []);
  const firstMs = times.length === 0 ? null : Math.min(...times);
  const rows = messages.flatMap((message, nth): SequenceRow[] => {
    const [fromX, toX] = [xOf(message.from), xOf(message.to)];
    if (fromX === null || toX === null) return [];
    const { sentMs, receivedMs } = message;
    const atMs = sentMs ?? receivedMs;
    return [
      {
        y: topPx + (nth + 1) * rowPx,
        fromX,
        toX,
        message,
        sinceFirstMs: atMs === null || firstMs === null ? null : atMs - firstMs,
        tookMs: sentMs === null || receivedMs === null ? null : receivedMs - sentMs,
      },
    ];
  });
  return {
    lanes,
    rows,
    width: 2 * sidePx + Math.max(0, nodes.length - 1) * lanePx,
    height: topPx + (messages.length + 1) * rowPx,
  };
}
