/** What one actor shows of its instance: the last state that it heard of, perhaps with what was foreseen. */
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { KnownState } from './feed.ts';
import { Foresight, type Foreseen } from './foresight.ts';
import type { AnySnapshot, SnapshotMaker } from './snapshots.ts';

export class Sight {
  readonly #maker: SnapshotMaker;
  /** Null: nothing is foreseen. */
  readonly #steps: AnyStateMachine | null;
  #snapshot: AnySnapshot;
  #foresight: Foresight | null = null;
  /** Null as long as nothing is known. */
  known: KnownState | null = null;

  constructor(maker: SnapshotMaker, steps: AnyStateMachine | null) {
    this.#maker = maker;
    this.#steps = steps;
    this.#snapshot = maker.blank;
  }

  /** The same object until something changes. */
  get shown(): AnySnapshot {
    return this.#foresight?.shown ?? this.#snapshot;
  }

  get isBlank(): boolean {
    return this.#snapshot === this.#maker.blank;
  }

  /** By what the log says, not by what is foreseen. */
  get status(): AnySnapshot['status'] {
    return this.#snapshot.status;
  }

  get hasBegun(): boolean {
    return this.known !== null && this.known.view !== null;
  }

  isNews({ index, view }: KnownState): boolean {
    if (this.known === null) return true;
    return index > this.known.index && (view !== null || this.hasBegun);
  }

  /** Throws what the machine throws at a state that it does not have. */
  learn(state: KnownState): void {
    const { index, view, event, accepted } = state;
    if (view === null) this.#snapshot = this.#maker.beforeBeginning() ?? this.#maker.blank;
    else if (accepted || !this.hasBegun) this.#snapshot = this.#maker.of(view);
    this.known = state;
    if (this.#steps === null || this.isBlank) return;
    this.#foresight ??= new Foresight(this.#steps, this.#snapshot, index);
    this.#foresight.learnt(this.#snapshot, index, event);
  }

  foresee(event: MachineEvent): Foreseen | null {
    return this.#foresight?.send(event) ?? null;
  }

  /** The log has what was foreseen there; null where it has not, or where that is not known. */
  settle(foreseen: Foreseen | null, index: number | null): void {
    if (foreseen === null) return;
    if (index === null) this.#foresight?.dropped(foreseen);
    else this.#foresight?.committed(foreseen, index);
  }

  fail(error: unknown): void {
    this.#foresight = null;
    this.#snapshot = { ...this.#snapshot, status: 'error', output: undefined, error };
  }

  persisted(): object {
    const shown: AnySnapshot & { value?: unknown; context?: unknown } = this.shown;
    const { status, value, context, output, error } = shown;
    return { status, value, context, output, error };
  }
}
