/** What the clients of a universe did and were told, as the checkers want to have it. */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { InstanceView, Outcome } from '../../machines/protocol/outcome.ts';
import { checkLinearizable } from './checkers/linearizable.ts';
import type { HistoryEvent } from './checkers/history.ts';
import {
  instanceModel,
  type InstanceInput,
  type InstanceOutput,
} from './checkers/models/instance.ts';
import type { Load } from './workload/load.ts';

type Event = HistoryEvent<InstanceInput, InstanceOutput>;

/** Of proposals and of reads that are to be linearizable. */
export type Ends = { committed: number; refused: number; unknown: number; read: number };

/** One operation, from its call to its end. */
export type Operation = Readonly<{
  committed(accepted: boolean, view: InstanceView | null): void;
  read(view: InstanceView | null): void;
  /** It certainly never happens. */
  refused(): void;
  /** Nobody knows; of a read, nothing was seen. */
  unknown(): void;
}>;

export class Book {
  readonly ends: Ends = { committed: 0, refused: 0, unknown: 0, read: 0 };
  /** Instances that somebody has asked something. */
  readonly keys = new Map<Load, Set<string>>();
  readonly #histories = new Map<Load, Event[]>();
  readonly #find: (check: string, what: string) => void;
  #operations = 0;

  constructor(find: (check: string, what: string) => void) {
    this.#find = find;
  }

  propose(load: Load, key: string, client: string, event: MachineEvent): Operation {
    return this.#begin(load, client, { op: 'propose', key, event });
  }

  read(load: Load, key: string, client: string): Operation {
    return this.#begin(load, client, { op: 'read', key });
  }

  /** Whoever sees a state looks whether it can be. */
  look(load: Load, key: string, view: InstanceView | null): void {
    const flaw = view === null ? null : load.flaw(view);
    if (flaw !== null) this.#find('workload', `${load.name}/${key}: ${flaw}`);
  }

  /** The search for an order may not finish; then there is no verdict, and that is said. */
  judge(stepsMax: number): Readonly<{ undecided: number }> {
    let undecided = 0;
    for (const [load, history] of this.#histories) {
      const verdict = checkLinearizable(instanceModel(load.machine), history, { stepsMax });
      if (verdict.verdict === 'illegal') {
        this.#find('linearizable', `${load.name}: ${verdict.report}`);
      }
      if (verdict.verdict === 'undecided') undecided += 1;
    }
    return { undecided };
  }

  #begin(load: Load, who: string, input: InstanceInput): Operation {
    const keys = this.keys.get(load) ?? new Set();
    this.keys.set(load, keys.add(input.key));
    const history = this.#histories.get(load) ?? [];
    this.#histories.set(load, history);
    this.#operations += 1;
    // A client may go on while an operation of unknown end is still under way.
    const client = `${who}, operation ${this.#operations}`;
    history.push({ type: 'call', client, input });
    const end = (outcome: keyof Ends, event: Event): void => {
      this.ends[outcome] += 1;
      history.push(event);
    };
    const { key } = input;
    return {
      committed: (accepted, view) => {
        this.look(load, key, view);
        end('committed', { type: 'return', client, output: { accepted, view } });
      },
      read: (view) => {
        this.look(load, key, view);
        end('read', { type: 'return', client, output: { view } });
      },
      refused: () => end('refused', { type: 'refused', client }),
      unknown: () => end('unknown', { type: 'unknown', client }),
    };
  }
}

/** Several sendings of one proposal: what is known of it when all of these have ended. */
export function together(outcomes: readonly (Outcome | null)[]): Outcome | null {
  const committed = outcomes.find((outcome) => outcome?.end === 'committed');
  if (committed) return committed;
  const isRefused = outcomes.length > 0 && outcomes.every((outcome) => outcome?.end === 'refused');
  return isRefused ? (outcomes[0] ?? null) : null;
}
