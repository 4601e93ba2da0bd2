/** What the clients of a universe did and were told, as the checkers want to have it. */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { proposalId, type ProposalId } from '../../machines/protocol/ids.ts';
import type { Committed, InstanceView, Outcome } from '../../machines/protocol/outcome.ts';
import { explains } from './checkers/brute-force.ts';
import { checkLinearizable } from './checkers/linearizable.ts';
import { operationsOf, type History, type HistoryEvent } from './checkers/history.ts';
import type { InstanceInput, InstanceOutput } from './checkers/models/instance.ts';
import { modelOf } from './workload/by-hand.ts';
import type { Load } from './workload/load.ts';

type Event = HistoryEvent<InstanceInput, InstanceOutput>;

/** Of proposals and of reads that are to be linearizable. */
export type Ends = { committed: number; refused: number; unknown: number; read: number };

/** Of an instance that has not begun, the index tells nothing. */
type State = Readonly<{ index: number; exists: boolean; view: InstanceView | null }>;

/** One operation, from its call to its end. */
export type Operation = Readonly<{
  committed(outcome: Committed): void;
  read(state: State): void;
  /** It certainly never happens. */
  refused(): void;
  /** Nobody knows; of a read, nothing was seen. */
  unknown(): void;
}>;

/** One instance that somebody has asked something. */
type Page = Readonly<{
  load: Load;
  key: string;
  history: Event[];
  /** Where the log has it, as far as the client was told: by the name of the operation. */
  indexes: Map<string, number>;
  proposals: Map<string, ProposalId>;
}>;

/** Where the log has a proposal of which the client was told nothing; null: nowhere. */
type IndexOf = (proposalId: ProposalId) => number | null;

const searchStepsMax = 2_000_000;

export class Book {
  readonly ends: Ends = { committed: 0, refused: 0, unknown: 0, read: 0 };
  /** Instances that some client watches to the end. */
  readonly watched = new Map<Load, Set<string>>();
  readonly #pages = new Map<string, Page>();
  readonly #find: (check: string, what: string) => void;
  #operations = 0;

  constructor(find: (check: string, what: string) => void) {
    this.#find = find;
  }

  get pages(): Iterable<Pick<Page, 'load' | 'key'>> {
    return this.#pages.values();
  }

  propose(load: Load, key: string, client: string, event: MachineEvent, id: string): Operation {
    return this.#begin(load, client, { op: 'propose', key, event }, proposalId(id));
  }

  read(load: Load, key: string, client: string): Operation {
    return this.#begin(load, client, { op: 'read', key });
  }

  watch(load: Load, key: string): void {
    const keys = this.watched.get(load) ?? new Set();
    this.watched.set(load, keys.add(key));
  }

  /** Whoever sees a state looks whether it can be. */
  look(load: Load, key: string, view: InstanceView | null): void {
    const flaw = view === null ? null : load.flaw(view);
    if (flaw !== null) this.#find('workload', `${load.name}/${key}: ${flaw}`);
  }

  judge(indexOf: IndexOf, stepsMax = searchStepsMax): void {
    for (const page of this.#pages.values()) {
      if (!isExplainedByLog(page, indexOf)) this.#search(page, stepsMax);
    }
  }

  /** No verdict is no good verdict: what the log does not explain, some other order has to. */
  #search({ load, key, history }: Page, stepsMax: number): void {
    const verdict = checkLinearizable(modelOf(load), history, { stepsMax });
    if (verdict.verdict === 'legal') return;
    const why =
      verdict.verdict === 'illegal'
        ? verdict.report
        : `the order of the log does not explain the answers, and among the others none was found in ${stepsMax} steps`;
    this.#find('linearizable', `${load.name}/${key}: ${why}`);
  }

  #pageOf(load: Load, key: string): Page {
    const name = `${load.name}/${key}`;
    const page = this.#pages.get(name);
    if (page !== undefined) return page;
    const fresh = { load, key, history: [], indexes: new Map(), proposals: new Map() };
    this.#pages.set(name, fresh);
    return fresh;
  }

  #begin(load: Load, who: string, input: InstanceInput, id?: ProposalId): Operation {
    const { key } = input;
    const { history, indexes, proposals } = this.#pageOf(load, key);
    this.#operations += 1;
    // A client may go on while an operation of unknown end is still under way.
    const client = `${who}, operation ${this.#operations}`;
    if (id !== undefined) proposals.set(client, id);
    history.push({ type: 'call', client, input });
    const end = (outcome: keyof Ends, event: Event): void => {
      this.ends[outcome] += 1;
      history.push(event);
    };
    return {
      committed: ({ index, accepted, view }) => {
        this.look(load, key, view);
        indexes.set(client, index);
        end('committed', { type: 'return', client, output: { accepted, view } });
      },
      read: ({ index, exists, view }) => {
        this.look(load, key, view);
        indexes.set(client, exists ? index : 0);
        end('read', { type: 'return', client, output: { view } });
      },
      refused: () => end('refused', { type: 'refused', client }),
      unknown: () => end('unknown', { type: 'unknown', client }),
    };
  }
}

/**
 * Whether the answers are explained by the order in which the log says that things happened. If
 * so, that proves it, whoever has proposed the order, and there is nothing to search for.
 */
function isExplainedByLog({ load, history, indexes, proposals }: Page, indexOf: IndexOf): boolean {
  const placed = operationsOf(history as History<InstanceInput, InstanceOutput>).flatMap(
    (operation) => {
      const { client, input, output } = operation;
      const id = proposals.get(client);
      const index =
        output === undefined && id !== undefined ? indexOf(id) : (indexes.get(client) ?? null);
      // A read sees what the event at its index left behind.
      return index === null ? [] : [{ operation, place: index + (input.op === 'read' ? 0.5 : 0) }];
    },
  );
  const inOrder = placed.toSorted(
    (a, b) => a.place - b.place || a.operation.calledAt - b.operation.calledAt,
  );
  return explains(
    modelOf(load),
    inOrder.map(({ operation }) => operation),
  );
}

/** Several sendings of one proposal: what is known of it when all of these have ended. */
export function together(outcomes: readonly (Outcome | null)[]): Outcome | null {
  const committed = outcomes.find((outcome) => outcome?.end === 'committed');
  if (committed) return committed;
  const isRefused = outcomes.length > 0 && outcomes.every((outcome) => outcome?.end === 'refused');
  return isRefused ? (outcomes[0] ?? null) : null;
}
