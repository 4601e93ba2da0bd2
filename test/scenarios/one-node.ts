/** A cluster of one, whole, as it starts, with its data folder on a disk that the test holds. */
import { nodeId, proposalId } from '../../machines/protocol/ids.ts';
import { createReplica } from '../../machines/replica/replica.ts';
import { createCore } from '../../runtime/node-core.ts';
import { nodeService } from '../../runtime/node-service.ts';
import { openJournalStorage } from '../../runtime/storage/journal-storage.ts';
import { rememberMachines } from '../../runtime/storage/machines-file.ts';
import type { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { counterMachine } from '../world/counter.ts';

const self = nodeId('a');
const cluster = 'test';
export const folder = '/data';

/** How many events clients asked for, and how many of these they were told are committed. */
export type Told = { asked: number; committed: number };

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * One life on this disk: so many events, one after the other. Returns what the counter says in
 * the end; throws what the node fell silent of. Nothing is closed, as if it had been killed.
 */
export async function live(disk: SimulatedDisk, told: Told, events: number): Promise<number> {
  const clock = virtualClock();
  const faults: unknown[] = [];
  const pass = async (isOver: () => boolean): Promise<void> => {
    for (let steps = 0; !isOver() && faults.length === 0; steps += 1) {
      if (steps > 1_000) throw new Error('it takes longer than any time-out');
      clock.advance(25);
      await new Promise((resolve) => process.nextTick(resolve));
    }
  };

  const storage = await openJournalStorage({
    path: folder,
    cluster,
    node: self,
    clock,
    files: disk,
    segmentBytes: 1_024,
  });
  await rememberMachines({ files: disk, folder, machines: { counter: 'f00' } });
  const core = createCore({
    id: self,
    voters: [self],
    hold: false,
    storage,
    replica: createReplica({ machines: { counter: counterMachine } }),
    clock,
    logger: silentLogger,
    connect: () => ({ send() {}, close: async () => {} }),
    fellSilent: (cause) => void faults.push(cause),
  });
  const service = nodeService({ core, clock, cluster, version: '0', addresses: new Map() });
  core.start();
  await pass(() => service.status().lifecycle === 'Running' && service.notReadyBecause() === null);
  for (let n = 0; n < events && faults.length === 0; n += 1) {
    told.asked += 1;
    let isOver = false;
    service.propose(
      {
        proposalId: proposalId(`add-${told.asked}`),
        machine: 'counter',
        key: 'k',
        event: { type: 'ADD', by: 1 },
        timeoutMs: 60_000,
      },
      {
        ended({ end }) {
          isOver = true;
          if (end === 'committed') told.committed += 1;
        },
      },
    );
    await pass(() => isOver);
  }
  if (faults.length > 0) throw faults[0];
  const { count } = (service.peek('counter', 'k')?.view?.context ?? { count: 0 }) as {
    count: number;
  };
  return count;
}
