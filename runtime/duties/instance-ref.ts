/**
 * What a custom action gets for `self`: enough of an actor to be sent to. The event goes through
 * the log like any other; whether it was accepted is not told.
 */
import type { MachineEvent } from '../../machines/protocol/entry.ts';

export type SendTo = (machine: string, key: string, event: MachineEvent) => void;

export type InstanceRef = Readonly<{
  /** `order/42`. */
  id: string;
  send(event: MachineEvent): void;
}>;

export const instanceRef = (machine: string, key: string, sendTo: SendTo): InstanceRef => ({
  id: `${machine}/${key}`,
  send: (event) => sendTo(machine, key, event),
});
