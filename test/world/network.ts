/** What a world needs of its network, whichever kind it is. */
import type { AnyActorRef } from 'xstate';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Transport, TransportListener } from '../../runtime/transport/port.ts';
import type { Chronicle } from './chronicle.ts';
import type { Life } from './life.ts';

/** What becomes of each frame. */
export type Weather = Readonly<{
  delayMs: readonly [low: number, high: number];
  /** Shares of frames, 0 to 1. */
  lost: number;
  doubled: number;
}>;

export const fair: Weather = { delayMs: [1, 1], lost: 0, doubled: 0 };

export type Joining = Readonly<{
  node: NodeId;
  life: Life;
  listener: TransportListener;
  /** The system in which links live, where there are links. */
  parent: AnyActorRef;
  fingerprints: Readonly<Record<string, string>>;
  /** Sees each message before it leaves. */
  sending: (to: NodeId, message: Message) => void;
}>;

export interface Network {
  weather: Weather;
  join(joining: Joining): Transport;
  /** The process is gone: its system says so to the others, or the power is off and nobody does. */
  leave(node: NodeId, how: 'process' | 'power'): void;
  /** One way. */
  cut(from: NodeId, to: NodeId): void;
  heal(from: NodeId, to: NodeId): void;
  /** What is said that way waits, in order, until `letGo`. */
  holdBack(from: NodeId, to: NodeId): void;
  letGo(from: NodeId, to: NodeId): void;
  /** Weather of its own for one way; null: as everywhere. */
  weatherBetween(from: NodeId, to: NodeId, weather: Weather | null): void;
}

/** The same transport, whose every message somebody sees before it leaves. */
export const watched = (transport: Transport, sending: Joining['sending']): Transport => ({
  send: (to, messages) => {
    for (const message of messages) sending(to, message);
    transport.send(to, messages);
  },
  close: () => transport.close(),
});

/** The same listener, with what it hears in the chronicle. */
export const chronicled = (
  node: NodeId,
  listener: TransportListener,
  chronicle: Chronicle,
): TransportListener => ({
  heard(from, messages) {
    chronicle.steps += messages.length;
    if (chronicle.isRead) {
      for (const message of messages) {
        chronicle.tell(node, `hears from ${from}: ${inShort(message)}`);
      }
    }
    listener.heard(from, messages);
  },
  linkOpened(peer) {
    chronicle.note(node, `can talk to ${peer}`);
    listener.linkOpened(peer);
  },
  linkLost(peer) {
    chronicle.note(node, `can no longer talk to ${peer}`);
    listener.linkLost(peer);
  },
});

/** FNV-1a, of what was sent and when. */
export function mix(digest: number, words: string, bytes: Uint8Array): number {
  let mixed = digest;
  for (let at = 0; at < words.length; at += 1) {
    mixed = Math.imul(mixed ^ words.charCodeAt(at), 0x01000193);
  }
  for (const byte of bytes) mixed = Math.imul(mixed ^ byte, 0x01000193);
  return mixed >>> 0;
}

/** One message in a few words, for people who read a trace. */
function inShort(message: Message): string {
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
