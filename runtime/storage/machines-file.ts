/**
 * Which machines a data folder was written with. The log holds events, and the instances are made
 * anew from it at every start: with another definition, history would come out differently.
 */
import { join } from 'node:path';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { storageCorrupt, storageFault } from './faults.ts';
import type { Files } from './files.ts';
import { readSmallFile, writeSmallFile, type SmallFile } from './small-file.ts';

/** Fingerprints, by the machine's name. */
type Fingerprints = Readonly<Record<string, string>>;

export type RememberMachinesOptions = Readonly<{
  files: Files;
  /** Locked by the caller. */
  folder: string;
  /** The users' machines. */
  machines: Fingerprints;
}>;

const machinesName = 'machines.json';

/** Adds what is new. Throws `machines-changed`, and changes nothing, where a known one differs. */
export async function rememberMachines(options: RememberMachinesOptions): Promise<void> {
  const { files, folder, machines } = options;
  const file: SmallFile = { files, folder, name: machinesName };
  try {
    const known = await readKnown(file);
    refuseChanges(folder, known, machines);
    const isNew = (name: string): boolean => !Object.hasOwn(known, name);
    if (Object.keys(machines).some(isNew)) await writeSmallFile(file, { ...known, ...machines });
    // The process that wrote them may have died before its own flush of the name.
    else await files.flushFolder(folder);
  } catch (cause) {
    throw storageFault(cause, 'remember the machines in', folder);
  }
}

/** What a folder was written with. Changes nothing. */
export const rememberedMachines = (files: Files, folder: string): Promise<Fingerprints> =>
  readKnown({ files, folder, name: machinesName });

async function readKnown(file: SmallFile): Promise<Fingerprints> {
  const { files, folder, name } = file;
  if (!(await files.list(folder)).includes(name)) return {};
  const found = await readSmallFile(file);
  if (areFingerprints(found)) return found;
  throw storageCorrupt({
    file: join(folder, name),
    offset: 0,
    index: 0,
    what: 'it does not say which machines the log was written with',
  });
}

const areFingerprints = (found: unknown): found is Fingerprints =>
  typeof found === 'object' &&
  found !== null &&
  !Array.isArray(found) &&
  Object.values(found).every((value) => typeof value === 'string');

/** In words, where these are not what a folder was written with. */
export const changesOf = (known: Fingerprints, machines: Fingerprints): readonly string[] =>
  Object.entries(known).flatMap(([name, fingerprint]) => {
    if (!Object.hasOwn(machines, name)) return [`"${name}" is missing`];
    return machines[name] === fingerprint ? [] : [`"${name}" has another definition`];
  });

function refuseChanges(folder: string, known: Fingerprints, machines: Fingerprints): void {
  const changes = changesOf(known, machines);
  if (changes.length === 0) return;
  throw new QuorateError(
    'machines-changed',
    `${folder} was written with other machines: ${changes.join(', ')}. At every start their ` +
      'instances are made anew from the log, so that another definition would change what was ' +
      'acknowledged. To change a definition, give the one before it too, as it was: ' +
      '`order: replicated(new, { upgrades: old })`. Otherwise put back every definition as it was; ' +
      'while developing, begin anew with `quorate start --fresh`, or with an empty folder for every node.',
    { path: folder },
  );
}
