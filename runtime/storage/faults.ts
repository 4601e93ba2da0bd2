/**
 * What goes wrong with a disk, as errors an operator can act on:
 * each says what happened, why, and what to do.
 */
import { QuorateError, type FaultCode } from '../../machines/protocol/errors.ts';
import { InvariantViolation } from '../../machines/protocol/invariant.ts';
import { systemCodeOf } from './files.ts';

const remedyOf = {
  'storage-full':
    'The disk is full. Free some space, then start this node again; nothing acknowledged is lost',
  'storage-unwritable':
    'The folder must exist on a writable file system and be owned by the user who runs this node',
  'storage-failed':
    'The disk may be failing, so this node wrote nothing more. Check the disk, then start it again',
} as const satisfies Partial<Record<FaultCode, string>>;

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const unwritable = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'ENOENT', 'EEXIST']);

const codeOf = (systemCode: string): keyof typeof remedyOf => {
  if (full.has(systemCode)) return 'storage-full';
  return unwritable.has(systemCode) ? 'storage-unwritable' : 'storage-failed';
};

/**
 * Gives a system error its code and remedy. `doing` ends "cannot …".
 * Returns what already is a QuorateError as it is, and throws on what is a bug of ours.
 */
export function storageFault(cause: unknown, doing: string, path: string): QuorateError {
  if (cause instanceof InvariantViolation) throw cause;
  if (cause instanceof QuorateError) return cause;

  const systemCode = systemCodeOf(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(systemCode);
  const message = `cannot ${doing} ${path}: ${reason}. ${remedyOf[code]}.`;
  return new QuorateError(code, message, { path, ...(systemCode && { systemCode }) }, { cause });
}

export type Damage = Readonly<{
  /** The damaged file, with its folder. */
  file: string;
  offset: number;
  /** The first log index that can no longer be vouched for. */
  index: number;
  /** What is wrong there, to follow a colon. */
  what: string;
}>;

export const storageCorrupt = ({ file, offset, index, what }: Damage): QuorateError =>
  new QuorateError(
    'storage-corrupt',
    `${file} is damaged at byte ${offset}, log index ${index}: ${what}. ` +
      'It had been written safely, so the disk or something else changed it since, and this node ' +
      'will not guess what was lost. The cluster goes on while a majority runs. Do not start this ' +
      'node with an empty folder, which would have forgotten its votes: README, under "A damaged ' +
      'node", says how to repair it.',
    { file, offset, index },
  );

export const storageNewer = (path: string, format: number, known: number): QuorateError =>
  new QuorateError(
    'storage-newer',
    `${path} is in storage format ${format}, and this version knows formats up to ${known}. ` +
      'Nothing was changed. Run the version that wrote it, or a later one.',
    { path, format, known },
  );
