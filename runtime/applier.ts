/**
 * Feeds committed entries to the replica, a bounded number a turn, so that replaying a long log
 * does not keep the node from hearing its leader.
 */
import type { Command, Entry } from '../machines/protocol/entry.ts';
import type { Decided } from '../machines/proposals.ts';
import type { Replica } from '../machines/replica/replica.ts';
import { decodeCommand } from './command-codec.ts';
import type { Logger } from './logger.ts';
import type { AppliedEvent } from './service.ts';

/** About 20 ms of work, so that a heartbeat is never kept waiting for long. */
export const entriesPerTurnMax = 2_048;

type World = Readonly<{
  replica: Replica;
  logger: Logger;
  /** Whether some client of this node waits for this proposal. */
  isAwaited: (proposalId: Decided['proposalId']) => boolean;
  /** An event changed, or could have changed, an instance. Not called for repetitions. */
  seen: (event: AppliedEvent) => void;
  /** Another definition is in force, and any of its instances may stand elsewhere. */
  upgraded: (machine: string) => void;
}>;

export type Applier = Readonly<{
  add(entries: readonly Entry[]): void;
  /** Applies some, at most so many. Returns the ends that somebody here waits for. */
  step(entriesMax?: number): readonly Decided[];
  isIdle(): boolean;
}>;

export function applier({ replica, logger, isAwaited, seen, upgraded }: World): Applier {
  let waiting: (readonly Entry[])[] = [];
  let offset = 0;

  const applyOne = (entry: Entry, ends: Decided[]): void => {
    if (entry.kind !== 'command') return replica.skip(entry);
    const command = decodeCommand(entry.payload);
    if (command === null) {
      logger.error(
        { index: entry.index },
        'this entry holds no command: some node proposed garbage',
      );
      return replica.skip(entry);
    }
    const { proposalId } = command;
    const application =
      'chore' in command ? replica.attend(entry, command.chore) : replica.apply(entry, command);
    const { outcome, logged, failure, happened } = application;
    if (isAwaited(proposalId)) ends.push({ proposalId, outcome });
    const where = happened ?? ('chore' in command ? {} : addressOf(command));
    if (failure !== null) logger.warn({ index: entry.index, ...where }, failure.message);
    for (const { label, value } of logged) logger.info({ ...where, value }, label ?? 'log');
    application.upgraded?.forEach(upgraded);
    if (happened === null || outcome.end !== 'committed' || outcome.view === null) return;
    const { index, accepted, view, emitted } = outcome;
    seen({ index, ...happened, accepted, view, emitted });
  };

  return {
    add: (entries) => void waiting.push(entries),

    step(entriesMax = entriesPerTurnMax) {
      const ends: Decided[] = [];
      for (let budget = entriesMax; budget > 0;) {
        const batch = waiting[0];
        const entry = batch?.[offset];
        if (batch === undefined) break;
        if (entry === undefined) {
          waiting = waiting.slice(1);
          offset = 0;
          continue;
        }
        applyOne(entry, ends);
        offset += 1;
        budget -= 1;
      }
      return ends;
    },

    isIdle: () => waiting.every((batch, nth) => nth === 0 && offset >= batch.length),
  };
}

const addressOf = ({ machine, key, event }: Command) => ({ machine, key, event: event.type });
