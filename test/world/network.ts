/** What a world needs of its network, whichever kind it is. */
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Transport, TransportListener } from '../../runtime/transport/port.ts';
import type { Life } from './life.ts';

export interface Network {
  /** `sending` sees each message before it leaves. */
  join(
    node: NodeId,
    life: Life,
    listener: TransportListener,
    sending: (to: NodeId, message: Message) => void,
  ): Transport;
}

/** One message in a few words, for people who read a trace. */
export function inShort(message: Message): string {
  const { kind, term } = message;
  switch (kind) {
    case 'append': {
      const { prev, entries, commitIndex } = message;
      const first = prev.index + 1;
      const what =
        entries.length === 0
          ? `nothing after ${prev.index}`
          : `${first}..${prev.index + entries.length}`;
      return `append t${term} ${what} (after t${prev.term}), commit ${commitIndex}`;
    }
    case 'appendAccepted':
      return `appendAccepted t${term} up to ${message.matchIndex}`;
    default: {
      const { kind: _kind, term: _term, ...rest } = message;
      return `${kind} t${term} ${JSON.stringify(rest, shortened)}`;
    }
  }
}

const shortened = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? `${value.length} bytes` : value;
