/** What the simulated clients do to one machine. */
import type { AnyStateMachine, StateValue } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Chance } from '../../world/random.ts';

export type Load = Readonly<{
  /** The machine's name in the cluster. */
  name: string;
  machine: AnyStateMachine;
  byHand: ByHand;
  /** `nth` is another number for every event of a run. */
  draw(dice: Chance, nth: number): MachineEvent;
  /** What is wrong with a state that somebody saw, whatever happened before; null if nothing. */
  flaw(view: InstanceView): string | null;
}>;

/** Where an instance stands. Plain JSON. */
export type Standing = Readonly<{
  value: StateValue;
  context: unknown;
  /** What a client does not see, and what comes depends on all the same. */
  memory?: StateValue;
}>;

/**
 * What the machine does, said once more without XState: the engine may be wrong, and would then be
 * wrong on all nodes alike.
 */
export type ByHand = Readonly<{
  start: Standing;
  /** Null: nothing comes of the event in this state. */
  take(from: Standing, event: MachineEvent): Standing | null;
}>;
