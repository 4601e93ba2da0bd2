/** A chart, what comes of everything that it asks for, and somebody who uses it. */
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { ReplicationOptions } from '../../machines/replica/replicated.ts';
import type { Doors, Run } from './doors.ts';

export type After = (delayMs: number, then: () => void) => void;

/**
 * What a run does. It goes by its input alone, so that it does the same when another leader runs
 * it again. What it returns hears what the chart sends to it.
 */
export type Behaviour = (
  run: Run & { readonly input: never },
  after: After,
) => void | ((event: MachineEvent) => void);

export type User = Readonly<{
  /** Until it is in the log and applied, whatever happens to nodes meanwhile. */
  send(event: MachineEvent): Promise<void>;
  until(holds: (view: InstanceView) => boolean): Promise<void>;
  /** Time goes by. */
  wait(ms: number): Promise<void>;
}>;

export type Example = Readonly<{
  name: string;
  /** The chart as it is, with these doors in place of the world. */
  machine: (doors: Doors) => AnyStateMachine;
  replication?: ReplicationOptions;
  input?: unknown;
  behaviours?: Readonly<Record<string, Behaviour>>;
  story: (user: User) => Promise<void>;
  /**
   * What is the same in the end whatever happened to nodes meanwhile. Everything, unless how
   * things come out is a matter of time.
   */
  outcome?: (view: InstanceView) => unknown;
}>;
