/** What a client thinks of doing. */
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { accounts } from '../machines.ts';
import type { Chance } from '../../world/random.ts';
import type { MachineName } from './keys.ts';

const readPercent = 30;

type Draw = (dice: Chance, unique: string, latest: string | null) => MachineEvent;

const draws: Record<MachineName, Draw> = {
  register: (dice, unique, latest) =>
    dice.happens(0.4)
      ? { type: 'SWAP', from: latest, to: unique }
      : { type: 'WRITE', value: unique },
  journal: (_, unique) => ({ type: 'APPEND', item: unique }),
  bank: (dice) => {
    const [from, to] = dice.shuffled(accounts);
    return { type: 'TRANSFER', from, to, cents: dice.integer(1, 80) };
  },
};

/** Null for a read. `unique` is a value that nobody else writes; `latest` is what was last seen. */
export const drawEvent = (
  dice: Chance,
  machine: MachineName,
  unique: string,
  latest: string | null,
): MachineEvent | null =>
  dice.happens(readPercent / 100) ? null : draws[machine](dice, unique, latest);
