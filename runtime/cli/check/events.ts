/** The events that a user gave for trying: a list for all machines, or one for each by its name. */
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { whyNotTried } from '../../../machines/replica/exercise-events.ts';

export function eventsByMachine(
  given: unknown,
  names: readonly string[],
  file: string,
): (name: string) => readonly MachineEvent[] {
  const wrong = (what: string): never => {
    throw new QuorateError(
      'machines-unreadable',
      `\`events\` in ${file} ${what}; write \`export const events = { order: [{ type: 'PAY', cents: 1200 }] }\`.`,
    );
  };
  const checked = (events: unknown, of: string): readonly MachineEvent[] => {
    if (!Array.isArray(events)) return wrong(`${of}is no list`);
    for (const [at, event] of events.entries()) {
      const why = whyNotTried(event);
      if (why !== null) wrong(`${of}has at place ${at + 1} what is no event to try: ${why}`);
    }
    return events as readonly MachineEvent[];
  };

  if (given === undefined) return () => [];
  if (Array.isArray(given)) {
    const events = checked(given, '');
    return () => events;
  }
  if (typeof given !== 'object' || given === null) return wrong('is no list and no object');
  const byName = new Map<string, readonly MachineEvent[]>();
  for (const [name, events] of Object.entries(given)) {
    if (!names.includes(name)) {
      wrong(`is for "${name}", and there is no such machine (there are: ${names.join(', ')})`);
    }
    byName.set(name, checked(events, `for "${name}" `));
  }
  return (name) => byName.get(name) ?? [];
}
