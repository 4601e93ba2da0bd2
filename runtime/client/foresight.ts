/**
 * The optimistic view of one instance: its last known state, and on top of that what this client
 * has sent and the log has not decided yet, stepped by the machine at hand.
 *
 * An event is taken off again once its outcome is part of the known state. Which event that is,
 * is certain only when its proposal is answered. The new state often comes first, so an event
 * that looks like one of ours is held to be ours until the answer says otherwise.
 */
import { transition, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { AnySnapshot } from './snapshots.ts';

/** One event that was sent. */
export type Foreseen = {
  readonly event: MachineEvent;
  /** Where the log has it: certain, only guessed, or not known. */
  index: number | null;
  isGuess: boolean;
};

export class Foresight {
  readonly #machine: AnyStateMachine;
  #base: AnySnapshot;
  #baseIndex: number;
  #pending: readonly Foreseen[] = [];
  #shown: AnySnapshot;

  constructor(machine: AnyStateMachine, base: AnySnapshot, index: number) {
    this.#machine = machine;
    this.#base = base;
    this.#baseIndex = index;
    this.#shown = base;
  }

  get shown(): AnySnapshot {
    return this.#shown;
  }

  send(event: MachineEvent): Foreseen {
    const foreseen: Foreseen = { event, index: null, isGuess: false };
    this.#pending = [...this.#pending, foreseen];
    this.#shown = this.#step(this.#shown, event);
    return foreseen;
  }

  /** The log has it there. */
  committed(foreseen: Foreseen, index: number): void {
    foreseen.index = index;
    foreseen.isGuess = false;
    this.#settle();
  }

  /** It was not applied, or nobody can tell whether it was: the log will. */
  dropped(foreseen: Foreseen): void {
    this.#pending = this.#pending.filter((each) => each !== foreseen);
    this.#settle();
  }

  /** The known state; `event` is what led to it, if that was one event. */
  learnt(base: AnySnapshot, index: number, event: MachineEvent | null): void {
    this.#base = base;
    this.#baseIndex = index;
    const likely =
      event && this.#pending.find((each) => each.index === null && isSame(each.event, event));
    if (likely) {
      likely.index = index;
      likely.isGuess = true;
    }
    this.#settle();
  }

  #settle(): void {
    const isOpen = ({ index }: Foreseen): boolean => index === null || index > this.#baseIndex;
    this.#pending = this.#pending.filter((each) => each.isGuess || isOpen(each));
    this.#shown = this.#pending
      .filter(isOpen)
      .reduce((snapshot, { event }) => this.#step(snapshot, event), this.#base);
  }

  /** Whatever it would do to the world is left to those who replicate it. */
  #step(snapshot: AnySnapshot, event: MachineEvent): AnySnapshot {
    if (snapshot.status !== 'active') return snapshot;
    try {
      const [next] = transition(this.#machine, snapshot as AnyMachineSnapshot, event);
      return next as AnySnapshot;
    } catch {
      // It will throw on the nodes as well, and change nothing there.
      return snapshot;
    }
  }
}

/** As JSON has it. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Object.is(one, other);
  }
  const keys = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === Object.keys(other).length &&
    keys.every((key) => isSame(one[key as never], other[key as never]))
  );
}
