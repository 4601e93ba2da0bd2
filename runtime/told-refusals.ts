/**
 * What a log tells of upgrades that came to nothing, for a replica that does not have the
 * definition in question and is fed that log again. It need not be committed to be true: whoever
 * put it there had tried.
 */
import type { Entry } from '../machines/protocol/entry.ts';
import type { WasRefused } from '../machines/replica/hosting.ts';
import { decodeCommand } from './command-codec.ts';

/** Reads on only when it is asked, which is seldom. */
export const refusedIn =
  (entries: () => readonly Entry[]): WasRefused =>
  ({ machine, successor, at }) =>
    entries().some((entry) => {
      if (entry.kind !== 'command' || entry.index <= at) return false;
      const command = decodeCommand(entry.payload);
      if (command === null || !('chore' in command)) return false;
      const { chore } = command;
      return (
        chore.type === 'refused' &&
        chore.at === at &&
        chore.machine === machine &&
        chore.successor === successor
      );
    });
