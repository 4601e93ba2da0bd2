/** Which instances of a machine there are, page by page. */
import { limits } from '../../../machines/protocol/limits.ts';
import type { Inspected } from '../inspected.ts';
import type { StateValue } from '../protocol.ts';
import type { AskInstances, InstancesAnswer } from '../question-protocol.ts';
import { inSlices } from '../slices.ts';
import type { Reply } from '../source.ts';
import { unknownMachine } from './refusals.ts';

/** Looked at between two looks at the clock. */
const instancesAtOnce = 256;

export function answerInstances(
  { core, clock }: Inspected,
  { machine, search = '', after, limit = limits.instancesListedMax }: AskInstances,
  reply: (reply: Reply) => void,
): void {
  const instances = core.replica.hosted(machine)?.instances;
  if (instances === undefined) return reply(unknownMachine(machine, core.replica.machineNames));
  const max = Math.min(limit, limits.instancesListedMax);
  const found: InstancesAnswer['instances'][number][] = [];
  const entries = instances.entries()[Symbol.iterator]();
  let isBehind = after === undefined;
  let isMore = false;

  const some = (): boolean => {
    for (let nth = 0; nth < instancesAtOnce; nth += 1) {
      const { value: entry, done } = entries.next();
      if (done === true) return false;
      const [key, { view, latestIndex }] = entry;
      if (!isBehind) isBehind = key === after;
      else if (key.includes(search)) {
        isMore = found.length === max;
        if (isMore) return false;
        const { value, status } = view;
        found.push({ key, value: value as StateValue, status, index: latestIndex });
      }
    }
    return true;
  };
  inSlices(clock, some, () =>
    reply({
      type: 'instances',
      machine,
      count: instances.count,
      instances: found,
      next: isMore ? (found.at(-1)?.key ?? null) : null,
    }),
  );
}
