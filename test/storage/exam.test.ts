import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { nodeId } from '../../machines/protocol/ids.ts';
import { realClock } from '../../runtime/clock.ts';
import { examineStorage } from '../../runtime/storage/exam.ts';
import { openJournalStorage } from '../../runtime/storage/journal-storage.ts';
import { emptyMemory, openMemoryStorage } from '../../runtime/storage/memory.ts';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import { SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { handClock } from './hand-clock.ts';

const whose = { cluster: 'test', node: nodeId('alpha') };

examineStorage('memory', {
  test,
  medium: () => {
    const memory = emptyMemory();
    return { open: () => openMemoryStorage(memory), cutPower: async () => {} };
  },
});

examineStorage('a slow memory', {
  test,
  medium: () => {
    const memory = emptyMemory();
    return { open: () => openMemoryStorage(memory, { latency: async () => {} }) };
  },
});

examineStorage('the journal on a simulated disk', {
  test,
  medium: () => {
    let disk = new SimulatedDisk();
    return {
      open: () =>
        openJournalStorage({
          ...whose,
          path: '/nodes/alpha',
          clock: handClock(),
          files: disk,
          segmentBytes: 4_096,
        }),
      cutPower: async () => {
        disk = disk.afterPowerCut(keepNothing);
      },
    };
  },
});

examineStorage('the journal on real files', {
  test,
  medium: async () => {
    const parent = await mkdtemp(join(tmpdir(), 'quorate-exam-'));
    return {
      open: () =>
        openJournalStorage({
          ...whose,
          path: join(parent, 'nodes/alpha'),
          clock: realClock,
          segmentBytes: 64 * 1024,
        }),
      dispose: () => rm(parent, { recursive: true }),
    };
  },
});
