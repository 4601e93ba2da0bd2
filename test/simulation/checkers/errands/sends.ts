/**
 * What one instance sends to another arrives exactly once, and in the order in which it was sent
 * between these two. What cannot be taken is dropped, once.
 */
import type { MachineEvent } from '../../../../machines/protocol/entry.ts';
import type { Finding } from '../../../world/checks/glimpse.ts';
import { isSameData } from '../../../world/checks/same-data.ts';
import type { Sent } from '../../errands/errand.ts';

type Happened = Readonly<{ machine: string; key: string; event: MachineEvent }>;

export function sends() {
  /** What is on its way, by the two instances. */
  const ways = new Map<string, Sent[]>();
  const way = (from: string, to: string): Sent[] => {
    const name = `${from} to ${to}`;
    const known = ways.get(name) ?? [];
    ways.set(name, known);
    return known;
  };

  return {
    sent(from: string, sent: Sent): void {
      way(from, `${sent.machine}/${sent.key}`).push(sent);
    },

    arrived(from: string, { machine, key, event }: Happened, index: number): Finding {
      const to = `${machine}/${key}`;
      const next = way(from, to).shift();
      if (next !== undefined && next.isDoomed !== true && isSameData(next.event, event))
        return null;
      const expected = next === undefined ? 'nothing' : JSON.stringify(next.event);
      return `${to} took ${JSON.stringify(event)} from ${from} at ${index}, where ${expected} was on its way`;
    },

    /** `why` says to whom it was sent. */
    dropped(from: string, index: number, why: string): Finding {
      for (const [name, sent] of ways) {
        const to = name.startsWith(`${from} to `) ? name.slice(`${from} to `.length) : null;
        if (to === null || !why.includes(`sent to ${to} is dropped`)) continue;
        if (sent[0]?.isDoomed !== true) break;
        sent.shift();
        return null;
      }
      return `an event of ${from} is dropped at ${index}, which could be taken: ${why}`;
    },

    /** Nothing should be, some time after all is calm. */
    left: (): readonly string[] =>
      [...ways].flatMap(([name, sent]) =>
        sent.map(({ event }) => `${JSON.stringify(event)} is on its way from ${name}`),
      ),
  };
}
