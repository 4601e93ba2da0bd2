/** A replica that has been fed a whole log, as a node is when it starts. */
import { setImmediate as breathe } from 'node:timers/promises';
import { createReplica, type Replica } from '../../../machines/replica/replica.ts';
import type { Definition } from '../../../machines/replica/replicated.ts';
import { applier } from '../../applier.ts';
import { refusedIn } from '../../told-refusals.ts';
import type { RealLog } from './real-log.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** `reached` is called now and then with the index of the last entry. */
export async function replay(
  { entries }: Pick<RealLog, 'entries'>,
  machines: Readonly<Record<string, Definition>>,
  reached: (index: number) => void,
): Promise<Replica> {
  const replica = createReplica({ machines, wasRefused: refusedIn(() => entries) });
  const feed = applier({
    replica,
    logger: silent,
    isAwaited: () => false,
    seen: () => {},
    upgraded: () => {},
  });
  feed.add(entries);
  while (!feed.isIdle()) {
    feed.step();
    reached(replica.appliedIndex);
    await breathe();
  }
  return replica;
}
