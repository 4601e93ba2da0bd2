/** What a node has to say to each of the others, in order, until it goes out as one frame to each. */
import type { NodeId } from '../machines/protocol/ids.ts';
import type { Addressed, Message } from '../machines/protocol/messages.ts';
import type { Transport } from './transport/port.ts';

export type Outgoing = Readonly<{
  add(envelopes: readonly Addressed[]): void;
  post(transport: Pick<Transport, 'send'>): void;
}>;

export function createOutgoing(): Outgoing {
  const waiting = new Map<NodeId, Message[]>();

  return {
    add(envelopes) {
      for (const { to, message } of envelopes) {
        const queued = waiting.get(to);
        if (queued === undefined) waiting.set(to, [message]);
        else queued.push(message);
      }
    },
    post(transport) {
      for (const [to, messages] of waiting) transport.send(to, messages);
      waiting.clear();
    },
  };
}
