/** What the simulated clients do to one machine. */
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Chance } from '../../world/random.ts';

export type Load = Readonly<{
  /** The machine's name in the cluster. */
  name: string;
  machine: AnyStateMachine;
  /** `nth` is another number for every event of a run. */
  draw(dice: Chance, nth: number): MachineEvent;
  /** What is wrong with a state that somebody saw, whatever happened before; null if nothing. */
  flaw(view: InstanceView): string | null;
}>;
