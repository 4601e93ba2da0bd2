/**
 * What this node said to its peers and heard from them lately: kept while somebody looks, in short,
 * so many of them and no more.
 */
import type { NodeId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import { createRing, type Ring } from '../../machines/replica/ring.ts';
import type { Clock } from '../clock.ts';
import type { Core } from '../core.ts';

/** A message without what it carries. */
export type Noted = Readonly<{
  way: 'sent' | 'heard';
  peer: NodeId;
  atMs: number;
  message: Message;
}>;

export interface MessageRing {
  begin(): void;
  end(): void;
  /** Since when it remembers without a gap, by the wall clock; null where it does not. */
  readonly sinceMs: number | null;
  notes(): Iterable<Noted>;
}

export function createMessageRing(core: Core, clock: Clock): MessageRing {
  let ring: Ring<Noted> | null = null;
  let sinceMs = 0;

  const note = (way: Noted['way'], peer: NodeId, messages: readonly Message[]): void => {
    const atMs = clock.wallMs();
    for (const message of messages) {
      const forgotten = ring?.push({ way, peer, atMs, message: inShort(message) });
      if (forgotten !== undefined) sinceMs = forgotten.atMs;
    }
  };

  return {
    begin() {
      ring = createRing(limits.messagesRememberedMax);
      sinceMs = clock.wallMs();
      core.tapMessages({
        sent: (to, messages) => note('sent', to, messages),
        heard: (from, messages) => note('heard', from, messages),
      });
    },
    end() {
      core.tapMessages(null);
      ring = null;
    },
    get sinceMs() {
      return ring === null ? null : sinceMs;
    },
    *notes() {
      const noting = ring;
      for (let nth = 0; nth < (noting?.length ?? 0); nth += 1) {
        const noted = noting?.at(nth);
        if (noted !== undefined) yield noted;
      }
    },
  };
}

const nothing = new Uint8Array();

/**
 * Entries and payloads would be held by it long after the log has given them up. Of comparisons,
 * which may be large, only the kind is of any interest here.
 */
function inShort(message: Message): Message {
  switch (message.kind) {
    case 'append': {
      const { entries } = message;
      const [first] = entries;
      const last = entries.at(-1);
      const ends = first === undefined || last === undefined ? [] : [first, last];
      return { ...message, entries: ends.map((entry) => ({ ...entry, payload: nothing })) };
    }
    case 'forward':
      return {
        ...message,
        proposals: message.proposals.map(({ proposalId }) => ({ proposalId, payload: nothing })),
      };
    case 'course':
      return { ...message, states: [] };
    case 'rows':
      return { ...message, rows: [] };
    case 'stateDigests':
      return { ...message, checkpoints: [] };
    case 'stateInFull':
      return { ...message, text: null };
    default:
      return message;
  }
}
