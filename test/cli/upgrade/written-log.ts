/** Logs as nodes would have left them. */
import { join } from 'node:path';
import type { Chore } from '../../../machines/protocol/chore.ts';
import type { Entry, MachineEvent } from '../../../machines/protocol/entry.ts';
import { indexZero, nodeId, proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { versionsOf } from '../../../machines/replica/hosting.ts';
import type { Definition } from '../../../machines/replica/replicated.ts';
import { realClock } from '../../../runtime/clock.ts';
import { encodeChore, encodeCommand } from '../../../runtime/command-codec.ts';
import { openJournalStorage } from '../../../runtime/storage/journal-storage.ts';
import { rememberMachines } from '../../../runtime/storage/machines-file.ts';
import { realFiles } from '../../../runtime/storage/real-files.ts';

export type Said = Readonly<{ to: string; event: MachineEvent }>;

export const to = (instance: string, type: string, fields: object = {}): Said => ({
  to: instance,
  event: { type, ...fields },
});

/** The cluster runs, and then takes these. */
export const logOf = (...said: readonly (Said | Chore)[]): readonly Entry[] =>
  [to('lifecycle/cluster', 'RUN'), ...said].map((each, nth): Entry => {
    const id = proposalId(`p${nth}`);
    return {
      index: toIndex(nth + 1),
      term: toTerm(1),
      kind: 'command',
      timeMs: 0,
      seed: 0,
      payload:
        'to' in each
          ? encodeCommand({ ...addressed(each), proposalId: id })
          : encodeChore(id, each),
    };
  });

function addressed({ to: instance, event }: Said) {
  const [machine = '', key = ''] = instance.split('/');
  return { machine, key, event, since: indexZero };
}

type Machines = Readonly<Record<string, Definition>>;

/** By a node of that name, in a folder of that name. */
export async function writeLog(
  inside: string,
  name: string,
  machines: Machines,
  entries: readonly Entry[],
): Promise<string> {
  const folder = join(inside, name);
  const node = nodeId(name);
  const storage = await openJournalStorage({
    path: folder,
    cluster: 'test',
    node,
    clock: realClock,
  });
  const fingerprints = Object.entries(machines).map(([machine, definition]) => {
    const [{ fingerprint }] = versionsOf(definition, limits);
    return [machine, fingerprint] as const;
  });
  await rememberMachines({ files: realFiles, folder, machines: Object.fromEntries(fingerprints) });
  await storage.append({ hardState: null, entries });
  await storage.close();
  return folder;
}
