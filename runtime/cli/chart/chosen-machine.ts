/** The machine of a module that is meant: by the name of its export, in `machines`, or by its id. */
import type { AnyStateMachine } from 'xstate';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { definitionOf, type Definition } from '../../../machines/replica/replicated.ts';
import { usageError } from '../exit.ts';
import { isDefinition, loadExports } from '../machines/load.ts';

export async function chosenMachine(
  file: string,
  asked: string | undefined,
): Promise<AnyStateMachine> {
  const { path, exported } = await loadExports(file);
  const machines = machinesAmong(exported);
  if (machines.size === 0) {
    throw new QuorateError(
      'machines-unreadable',
      `${path} exports no machine; write \`export const machines = { order: orderMachine }\`.`,
    );
  }
  const list = [...machines.keys()].join(', ');
  if (asked === undefined) {
    const [only, ...others] = machines.values();
    if (only !== undefined && others.length === 0) return only;
    throw usageError(`${file} has several machines; name one of them: ${list}.`);
  }
  const found = machines.get(asked) ?? [...machines.values()].find(({ id }) => id === asked);
  if (found !== undefined) return found;
  throw usageError(`${file} has no machine "${asked}"; there are: ${list}.`);
}

/** Of `machines`, where there is such an export, else of all; each once. */
function machinesAmong(exported: Readonly<Record<string, unknown>>): Map<string, AnyStateMachine> {
  const { machines } = exported;
  const isTable = typeof machines === 'object' && machines !== null && !isDefinition(machines);
  const found = new Map<string, AnyStateMachine>();
  for (const [name, value] of Object.entries(isTable ? machines : exported)) {
    if (!isDefinition(value)) continue;
    const { machine } = definitionOf(value as Definition);
    if (![...found.values()].includes(machine)) found.set(name, machine);
  }
  return found;
}
