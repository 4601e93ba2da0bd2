/** Every machine that simulated clients know how to use, by name. */
import { appendLog } from './append-log.ts';
import { bank } from './bank.ts';
import type { Load } from './load.ts';
import { player } from './player.ts';
import { register } from './register.ts';

const loads: readonly Load[] = [register, appendLog, bank, player];

export const loadNames = loads.map(({ name }) => name);

export function loadsByName(name: string): Load {
  const load = loads.find((each) => each.name === name);
  if (load === undefined) throw new Error(`there is no load ${name}`);
  return load;
}
