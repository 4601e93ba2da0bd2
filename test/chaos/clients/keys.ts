/**
 * Which instances are worked on now. Each machine has a few at a time; one that has seen enough
 * gives way to a new one, because the judge must look at all orders that its operations may
 * have had, and those of unknown end fit in everywhere behind their call.
 */
import type { Chance } from '../../world/random.ts';

export const machineNames = ['register', 'journal', 'bank'] as const;
export type MachineName = (typeof machineNames)[number];

/** One instance while it is worked on. */
export type Key = {
  readonly machine: MachineName;
  readonly key: string;
  calls: number;
  unknowns: number;
};

const callsMax = 40;
const unknownsMax = 4;

export class Keys {
  readonly #current = new Map<string, Key>();
  readonly #slots: number;
  #made = 0;

  /** As many instances of each machine at a time. */
  constructor(slots: number) {
    this.#slots = slots;
  }

  take(dice: Chance): Key {
    const machine = dice.pick(machineNames);
    const slot = `${machine}-${dice.integer(1, this.#slots)}`;
    let key = this.#current.get(slot);
    if (key === undefined || key.calls >= callsMax || key.unknowns >= unknownsMax) {
      this.#made += 1;
      key = { machine, key: `${slot}-${this.#made}`, calls: 0, unknowns: 0 };
      this.#current.set(slot, key);
    }
    key.calls += 1;
    return key;
  }
}
