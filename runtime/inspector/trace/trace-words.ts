/** What the feed says of traces alone: they can be walked through, and have lines. */

/**
 * Put the whole picture where it was right after that step, 1 being the first.
 * `cluster`, `actors` and what is watched follow as if they had just happened.
 */
export type AskSeek = Readonly<{ type: 'seek'; step: number }>;

/** Its lines from that step on. */
export type AskLines = Readonly<{
  type: 'lines';
  from: number;
  limit?: number;
  /** Only those that contain this; `next` tells where to go on. */
  search?: string;
}>;

export type SoughtAnswer = Readonly<{ type: 'sought'; step: number; line: TraceLinePicture }>;

export type LinesAnswer = Readonly<{
  type: 'lines';
  lines: readonly TraceLinePicture[];
  /** Ask again with `from: next`; null at the end. */
  next: number | null;
}>;

export type TraceLinePicture = Readonly<{
  step: number;
  /** Since the world began. */
  atMs: number;
  /** A node, a client, or what the weather does. */
  who: string;
  said: string;
}>;
