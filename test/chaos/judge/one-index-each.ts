/**
 * One order for all: an event's log index is its own, and higher than that of everything that
 * had been answered before it was asked for. This looks across instances, which the search for
 * an order of each instance does not.
 */
import type { Recorded } from '../recorder.ts';

export function oneIndexEach(history: readonly Recorded[]): string[] {
  const findings: string[] = [];
  const taken = new Map<number, string>();
  /** The highest index that anybody had been told when this client asked. */
  const floors = new Map<string, number>();
  const events = new Map<string, string>();
  let highest = 0;

  for (const event of history) {
    const { client, index } = event;
    if (event.type === 'call') {
      floors.set(client, highest);
      const { input } = event;
      if (input.op === 'propose') {
        events.set(client, `${event.machine}/${input.key} ${JSON.stringify(input.event)}`);
      } else {
        events.delete(client);
      }
      continue;
    }
    const proposed = events.get(client);
    if (event.type !== 'return' || index === undefined || proposed === undefined) continue;
    const other = taken.get(index);
    if (other !== undefined)
      findings.push(`index ${index} was given twice: ${other} and ${proposed}`);
    taken.set(index, proposed);
    const floor = floors.get(client) ?? 0;
    if (index <= floor) {
      findings.push(
        `${proposed} has index ${index}, though ${floor} had been answered before it was asked for`,
      );
    }
    highest = Math.max(highest, index);
  }
  return findings;
}
