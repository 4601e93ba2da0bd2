/**
 * Exclusive use of a data folder on the real file system, by one process of this machine.
 *
 * Whoever wants the folder appends a line with its name to the lock file, then reads the file:
 * the folder belongs to the earliest line whose process is alive and has not withdrawn. Appends
 * have one order for all, and the dead stay dead, so there is exactly one such line and no race,
 * also when several find that the owner was killed. The owner releases by emptying the file.
 *
 * Another machine, or a container with its own process numbers, cannot be seen from here.
 */
import { open, readdir, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { realClock } from '../clock.ts';
import { systemCodeOf, type FolderLock } from './files.ts';

export const lockName = 'lock';

/**
 * How long an owner may take to go. One that was told to a moment ago may not know it yet; one
 * that is on its way out may still be inside a write, and starting before that is over is unsafe.
 */
const patienceMs = { alive: 250, dying: 5_000 } as const;
const lookAgainMs = 5;

type Claim = Readonly<{
  pid: number;
  /** When the process started, in ticks since `boot`; where unknown, a dash. */
  started: string;
  boot: string;
  id: string;
}>;

export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = await open(join(folder, lockName), 'a+', 0o640);
  try {
    const ours = await claimOurselves();
    const owner = await ownerAmong(claimsIn(await textOf(file)), ours);
    if (owner) throw inUse(folder, owner);
    const winner = await ownerAfterClaiming(file, ours);
    if (winner) {
      await file.write(`\n- ${ours.id}\n`);
      throw inUse(folder, winner);
    }
  } catch (cause) {
    await file.close();
    throw cause;
  }
  return {
    release: async () => {
      await file.truncate(0);
      await file.close();
    },
  };
}

/** The process that has the folder; null if none has. For whoever only wants to know. */
export async function holderOf(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, lockName), 'utf8').catch(() => '');
  const owner = await ownerAmong(claimsIn(text), await claimOurselves());
  return owner?.pid ?? null;
}

/** Null: the folder is ours. */
async function ownerAfterClaiming(file: FileHandle, ours: Claim): Promise<Claim | null> {
  for (;;) {
    // A line break first: a power cut may have left half a line.
    await file.write(`\n${ours.pid} ${ours.started} ${ours.boot} ${ours.id}\n`);
    const claims = claimsIn(await textOf(file));
    const position = claims.findIndex(({ id }) => id === ours.id);
    // Gone: the owner has just emptied the file.
    if (position !== -1) return ownerAmong(claims.slice(0, position), ours);
  }
}

async function ownerAmong(claims: readonly Claim[], ours: Claim): Promise<Claim | null> {
  for (const claim of claims) {
    if (await outlasts(claim, ours)) return claim;
  }
  return null;
}

async function textOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

function claimsIn(text: string): readonly Claim[] {
  const withdrawn = new Set([...text.matchAll(/^- (\S+)$/gm)].map(([, id]) => id));
  return [...text.matchAll(/^(\d+) (\S+) (\S+) (\S+)$/gm)]
    .map(([, pid = '', started = '', boot = '', id = '']) => ({
      pid: Number(pid),
      started,
      boot,
      id,
    }))
    .filter(({ id }) => !withdrawn.has(id));
}

async function claimOurselves(): Promise<Claim> {
  const { pid } = process;
  const id = realClock.newProposalId();
  const stat = await statOf(pid);
  if (!stat) return { pid, started: '-', boot: '-', id };
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '-');
  return { pid, started: stat.started, boot: boot.trim(), id };
}

/** False once the claimant is gone for good, its last write included. */
async function outlasts(claim: Claim, ours: Claim): Promise<boolean> {
  if (claim.boot !== ours.boot) return false;
  if (claim.pid === ours.pid && claim.started === ours.started) return true;
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    const condition = await conditionOf(claim);
    if (condition === 'dead') return false;
    if (waitedMs >= patienceMs[condition]) return true;
    await new Promise<void>((resolve) => realClock.setTimeout(resolve, lookAgainMs));
  }
}

async function conditionOf({ pid, started }: Claim): Promise<'alive' | 'dying' | 'dead'> {
  if (!exists(pid)) return 'dead';
  // Not Linux: the number alone must do.
  if (started === '-') return 'alive';
  const stat = await statOf(pid);
  if (!stat) return 'dying';
  if (stat.started !== started) return 'dead';
  if (!stat.isZombie) return stat.isExiting ? 'dying' : 'alive';
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  return threads.length > 1 ? 'dying' : 'dead';
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return systemCodeOf(cause) !== 'ESRCH';
  }
}

type Stat = Readonly<{ started: string; isExiting: boolean; isZombie: boolean }>;

/** The kernel's PF_EXITING. */
const exitingFlag = 4;

async function statOf(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The program's name stands in brackets, and may itself hold brackets and spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Numbers 3, 9 and 22 of proc(5).
  const { 0: state = '', 6: flags, 19: started } = fields;
  if (started === undefined) return null;
  const isZombie = state === 'Z' || state === 'X';
  return { started, isExiting: (Number(flags) & exitingFlag) !== 0, isZombie };
}

const inUse = (path: string, { pid }: Claim): QuorateError =>
  new QuorateError(
    'storage-in-use',
    `${path} is in use by the process with id ${pid}, and a data folder serves one node. ` +
      'Stop that process, or give this node a folder of its own.',
    { path, pid },
  );
