/** All that a verdict rests on. Plain data, so that a test can doctor it. */
import type { Recorded } from '../recorder.ts';

export type Evidence = Readonly<{
  /** In the order in which it was seen. */
  history: readonly Recorded[];
  /**
   * What each node held in the end, by node and then by `machine/key`, all faults being over.
   * Null where the run was broken off before.
   */
  states: ReadonlyMap<string, ReadonlyMap<string, unknown>> | null;
  /** Who was seen to lead, by term. */
  leaders: ReadonlyMap<number, ReadonlySet<string>>;
  /** What went wrong beside the answers, such as a process that died by itself. */
  incidents: readonly string[];
}>;
