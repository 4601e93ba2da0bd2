/** What is written down of a run, as it happens: a line of JSON for each call and each end. */
import type { HistoryEvent } from '../simulation/checkers/history.ts';
import type { InstanceInput, InstanceOutput } from '../simulation/checkers/models/instance.ts';
import type { MachineName } from './clients/keys.ts';

/** `index` is the log index of a committed event, or of the event that made the state that was read. */
export type Recorded = Readonly<{ atMs: number; machine: MachineName; index?: number }> &
  HistoryEvent<InstanceInput, InstanceOutput>;

type Sink = Readonly<{ write: (line: string) => void }>;

export class Recorder {
  readonly events: Recorded[] = [];
  readonly #sink: Sink;
  readonly #beganMs = performance.now();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** The order of these calls is the order in which things were seen to happen. */
  add(
    event: Readonly<{ machine: MachineName; index?: number }> &
      HistoryEvent<InstanceInput, InstanceOutput>,
  ): void {
    const atMs = Math.round(performance.now() - this.#beganMs);
    const recorded: Recorded = { atMs, ...event };
    this.events.push(recorded);
    this.#sink.write(`${JSON.stringify(recorded)}\n`);
  }
}
