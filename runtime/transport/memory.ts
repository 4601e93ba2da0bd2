/**
 * The in-memory twin of the WebSocket transport: whole clusters in one process, on any clock,
 * in any weather. Messages travel as the very frames that the other twin sends.
 */
import type { NodeId } from '../../machines/protocol/ids.ts';
import { invariant } from '../../machines/protocol/invariant.ts';
import type { Clock } from '../clock.ts';
import { decodeFrame, encodeFrames } from './codec.ts';
import type { Transport, TransportListener } from './port.ts';

export type Passage = Readonly<{ from: NodeId; to: NodeId; frame: Uint8Array }>;

/**
 * Decides what becomes of one frame: the delay in ms of each copy that arrives. `[]` loses it,
 * `[0, 5]` delivers it twice, and a frame with a shorter delay overtakes one with a longer.
 */
export type Fate = (passage: Passage) => readonly number[];

export type MemoryNetworkOptions = Readonly<{
  clock: Pick<Clock, 'soon' | 'setTimeout'>;
  /** Fair weather, if left out: each frame arrives once, soon and in order. */
  fate?: Fate;
  /** How long a link that was cut stays unnoticed; the other twin's keep-alive takes about this. */
  noticeMs?: number;
}>;

export interface MemoryNetwork {
  /** Brings a node up. After its transport was closed it may join again: that is a restart. */
  join(node: NodeId, listener: TransportListener): Transport;
  /** From now on nothing gets from one to the other. The way back is a matter of its own. */
  cut(from: NodeId, to: NodeId): void;
  heal(from: NodeId, to: NodeId): void;
}

/** One life of one node, from joining to closing. */
type Member = {
  readonly node: NodeId;
  readonly listener: TransportListener;
  /** Peers to which the link of this life has been told to be open. */
  readonly opened: Set<NodeId>;
};

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const { clock, fate = () => [0], noticeMs = 2_000 } = options;
  const members = new Map<NodeId, Member>();
  const cuts = new Set<string>();

  const way = (from: NodeId, to: NodeId): string => `${from} → ${to}`;
  const isUp = (member: Member): boolean => members.get(member.node) === member;
  const isWhole = (from: NodeId, to: NodeId): boolean =>
    members.has(from) && members.has(to) && !cuts.has(way(from, to));

  /** Tells `member` of its link to that peer, if what it was told last is no longer so. */
  function settle(member: Member, peer: NodeId): void {
    if (!isUp(member)) return;
    const isOpen = isWhole(member.node, peer);
    if (isOpen === member.opened.has(peer)) return;
    if (isOpen) {
      member.opened.add(peer);
      member.listener.linkOpened(peer);
    } else {
      member.opened.delete(peer);
      member.listener.linkLost(peer);
    }
  }

  function settleSoon(node: NodeId, peer: NodeId): void {
    const member = members.get(node);
    if (member) clock.soon(() => settle(member, peer));
  }

  function after(delayMs: number, run: () => void): void {
    if (delayMs > 0) clock.setTimeout(run, delayMs);
    else clock.soon(run);
  }

  function carry(from: NodeId, to: Member, frame: Uint8Array): void {
    for (const delayMs of fate({ from, to: to.node, frame })) {
      after(delayMs, () => {
        // What was said to an earlier life was said on a connection that died with it.
        if (!isUp(to) || cuts.has(way(from, to.node))) return;
        const decoded = decodeFrame(frame);
        invariant(decoded.ok, 'what we encode can be decoded');
        to.listener.heard(from, decoded.messages);
      });
    }
  }

  function leave(member: Member): void {
    if (!isUp(member)) return;
    members.delete(member.node);
    for (const other of members.values()) {
      clock.soon(() => {
        // Also where it is back already: the link to its earlier life is lost all the same.
        if (isUp(other) && other.opened.delete(member.node)) other.listener.linkLost(member.node);
        settle(other, member.node);
      });
    }
  }

  function join(node: NodeId, listener: TransportListener): Transport {
    invariant(!members.has(node), 'a node joins again only after it has left');
    const member: Member = { node, listener, opened: new Set() };
    members.set(node, member);
    for (const other of members.keys()) {
      if (other === node) continue;
      settleSoon(node, other);
      settleSoon(other, node);
    }
    return {
      send(to, messages) {
        const receiver = members.get(to);
        if (!isUp(member) || !receiver || !member.opened.has(to)) return;
        const { frames, unsendable } = encodeFrames(messages);
        invariant(unsendable.length === 0, 'every message keeps to the limits');
        for (const frame of frames) carry(node, receiver, frame);
      },
      async close() {
        leave(member);
      },
    };
  }

  return {
    join,
    cut(from, to) {
      cuts.add(way(from, to));
      const member = members.get(from);
      if (member) clock.setTimeout(() => settle(member, to), noticeMs);
    },
    heal(from, to) {
      cuts.delete(way(from, to));
      settleSoon(from, to);
    },
  };
}
