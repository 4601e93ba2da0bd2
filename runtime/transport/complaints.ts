/**
 * What is wrong between this node and others, said once for each change and not at every retry.
 * Strangers may call as often as they like: each kind of fault of theirs is said once a minute.
 */
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { MessageKind } from '../../machines/protocol/messages.ts';
import type { Trouble } from '../../machines/link.ts';
import type { Clock } from '../clock.ts';

export interface Logger {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
}

const strangersQuietMs = 60_000;

export type Complaints = ReturnType<typeof complaintsTo>;

export function complaintsTo(logger: Logger, clock: Pick<Clock, 'nowMs'>) {
  const troubles = new Map<string, Trouble>();
  const strangersToldMs = new Map<string, number>();

  return {
    /** `side` keeps apart what two ends of the same pair find wrong. Null: all is well. */
    about(peer: NodeId, side: 'link to' | 'link from', trouble: Trouble | null): void {
      const matter = `${side} ${peer}`;
      const known = troubles.get(matter);
      if (trouble === null) {
        troubles.delete(matter);
        if (known) logger.info({ peer }, `the ${matter} is well again`);
        return;
      }
      troubles.set(matter, trouble);
      if (known?.code === trouble.code && known.message === trouble.message) return;
      logger.warn({ peer, code: trouble.code }, `${matter}: ${trouble.message}`);
    },

    /** A message of ours that every peer must refuse: a fault of this software, so say it each time. */
    aboutOurselves(peer: NodeId, kind: MessageKind): void {
      logger.warn(
        { peer, code: 'internal', kind },
        `dropped a message to ${peer} that breaks a limit`,
      );
    },

    aboutStranger({ code, message }: Trouble): void {
      const nowMs = clock.nowMs();
      const toldMs = strangersToldMs.get(code);
      if (toldMs !== undefined && nowMs - toldMs < strangersQuietMs) return;
      strangersToldMs.set(code, nowMs);
      logger.warn({ code }, `refused a connection: ${message}`);
    },
  };
}
