/** What an instance could be sent now: the state it is in says so, or that in which it would begin. */
import type { Offer } from '../../../machines/protocol/chart.ts';
import { MachineFailure, type Engine } from '../../../machines/replica/engine.ts';
import type { Inspected } from '../inspected.ts';
import type { AskAccepts } from '../question-protocol.ts';
import type { Reply } from '../source.ts';
import { unknownMachine } from './refusals.ts';

export function answerAccepts({ core }: Inspected, { machine, key }: AskAccepts): Reply {
  const { replica } = core;
  const engine = replica.hosted(machine)?.version.engine;
  if (engine === undefined) return unknownMachine(machine, replica.machineNames);
  const instance = replica.instance(machine, key);
  const events =
    instance === undefined ? offersToNewborn(engine) : engine.offers(instance.snapshot);
  return { type: 'accepts', machine, key, exists: instance !== undefined, events };
}

/** It may want an input to begin with, which nobody has given. */
function offersToNewborn(engine: Engine): readonly Offer[] {
  try {
    return engine.offers(engine.init(undefined).snapshot);
  } catch (thrown) {
    if (!(thrown instanceof MachineFailure)) throw thrown;
    return [];
  }
}
