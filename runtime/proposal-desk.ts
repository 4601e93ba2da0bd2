/**
 * Where proposals of this node's own clients come in and their ends go out. Between the two
 * each is an actor under the supervisor of machines/proposals.ts; here stand only the clients
 * that wait for it, and the queue of those to be offered to a leader again.
 */
import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import type { Proposal } from '../machines/protocol/entry.ts';
import type { LogIndex, NodeId, ProposalId } from '../machines/protocol/ids.ts';
import { limits } from '../machines/protocol/limits.ts';
import { refused, type Outcome, type Refused } from '../machines/protocol/outcome.ts';
import { proposalsLogic, unheldAmong, type Asked, type Decided } from '../machines/proposals.ts';
import { encodeCommand } from './command-codec.ts';
import { diverged } from './divergence/quarantine.ts';
import type { ChoreRequest, ProposeListener, ProposeRequest } from './service.ts';

export type ProposalsActor = ActorRefFrom<typeof proposalsLogic>;

export type ProposalDesk = Readonly<{
  /** Of all that are in flight. */
  supervisor: ProposalsActor;
  propose(request: ProposeRequest, listener: ProposeListener, nowMs: number, since: LogIndex): void;
  /** As a proposal of this node's own. */
  put(request: ChoreRequest, listener: ProposeListener, nowMs: number): void;
  /** What arrived since the last turn, each now an actor. */
  gather(): readonly Proposal[];
  isAwaited(proposalId: ProposalId): boolean;
  inFlight(): number;

  placed(proposalIds: readonly ProposalId[]): void;
  forwarded(proposals: readonly Proposal[], to: NodeId): void;
  /** Those that may try elsewhere are queued to be offered again. */
  refused(proposalIds: readonly ProposalId[], refusal: Refused): void;
  applied(ends: readonly Decided[]): void;
  /** Whoever had them is gone, or lost touch: all are queued to be offered again. */
  leaderLost(): void;
  /** Those that nobody has are queued; those under way with the same leader stay with it. */
  leaderBack(): void;
  hasQueued(): boolean;
  /**
   * The next few of the queue that nobody has. Few, because a node that has just lost its leader
   * must not be kept from electing the next by thousands of proposals.
   */
  nextToOffer(): readonly Proposal[];
  tick(nowMs: number, isLeaderless: boolean): void;
  /** New proposals are refused from now on; those in flight go on. */
  takeNoMore(): void;
  /** Every proposal in flight ends now, and new ones are refused. */
  close(): void;
  /** Likewise, because this node cannot tell any more what becomes of them. */
  seclude(): void;
}>;

type Parts = Readonly<{
  node: NodeId;
  parent: AnyActorRef;
  awake: () => void;
  soon: (run: () => void) => void;
}>;

type Client = {
  readonly listeners: ProposeListener[];
  readonly bytes: number;
  isInFlight: boolean;
};

/** About a millisecond's work. */
const offeredPerTurnMax = 512;

const tooMany = refused(
  'overloaded',
  'too many proposals are in flight on this node already: slow down and try again',
);
const closing = refused('shutting-down', 'this node is stopping: nothing was applied; ask another');

export function proposalDesk({ node, parent, awake, soon }: Parts): ProposalDesk {
  const clients = new Map<ProposalId, Client>();
  let bytesInFlight = 0;
  let arrived: Asked[] = [];
  /** To be told that nobody may have them any more, and then to be offered. */
  let lostTouch: readonly ProposalId[] = [];
  /** To be offered if nobody has them. */
  let cameBack: readonly ProposalId[] = [];
  /** Why new ones are refused. */
  let turnsAway: Refused | null = null;

  const ended = (proposalId: ProposalId, outcome: Outcome): void => {
    const client = clients.get(proposalId);
    if (client === undefined) return;
    clients.delete(proposalId);
    bytesInFlight -= client.bytes;
    for (const listener of client.listeners) listener.ended(outcome);
  };
  const supervisor = createActor(proposalsLogic, {
    id: `${node}/proposals`,
    parent,
    input: { node, ended },
  });
  supervisor.start();

  const tellInFlight = (proposalId: ProposalId): void => {
    const client = clients.get(proposalId);
    if (client === undefined || client.isInFlight) return;
    client.isInFlight = true;
    for (const listener of client.listeners) listener.inFlight?.();
  };

  function take(
    { proposalId, timeoutMs }: Pick<ChoreRequest, 'proposalId' | 'timeoutMs'>,
    listener: ProposeListener,
    nowMs: number,
    encode: () => Uint8Array,
  ): void {
    const joined = clients.get(proposalId);
    if (joined !== undefined) {
      joined.listeners.push(listener);
      if (joined.isInFlight) soon(() => listener.inFlight?.());
      return;
    }
    if (turnsAway !== null) {
      const refusal = turnsAway;
      return soon(() => listener.ended(refusal));
    }
    const isFull =
      clients.size >= limits.proposalsInFlightMax ||
      bytesInFlight >= limits.proposalBytesInFlightMax;
    if (isFull) return soon(() => listener.ended(tooMany));

    const payload = encode();
    clients.set(proposalId, { listeners: [listener], bytes: payload.length, isInFlight: false });
    bytesInFlight += payload.length;
    arrived.push({ proposal: { proposalId, payload }, deadlineMs: nowMs + timeoutMs });
    awake();
  }

  /** Those that have just arrived, and all to come. */
  function end(why: Refused): void {
    turnsAway = why;
    const neverBegun = arrived;
    arrived = [];
    for (const { proposal } of neverBegun) ended(proposal.proposalId, why);
  }

  return {
    supervisor,
    propose(request, listener, nowMs, since) {
      take(request, listener, nowMs, () => encodeCommand({ ...request, since }));
    },
    put: (request, listener, nowMs) => take(request, listener, nowMs, () => request.payload),

    gather() {
      if (arrived.length === 0) return [];
      const asked = arrived;
      arrived = [];
      supervisor.send({ type: 'client.proposes', asked });
      return asked.map(({ proposal }) => proposal);
    },
    isAwaited: (proposalId) => clients.has(proposalId),
    inFlight: () => clients.size,

    placed(proposalIds) {
      supervisor.send({ type: 'log.placed', proposalIds });
      proposalIds.forEach(tellInFlight);
    },
    forwarded(proposals, to) {
      supervisor.send({ type: 'link.forwarded', proposals, to });
      for (const { proposalId } of proposals) tellInFlight(proposalId);
    },
    refused(proposalIds, refusal) {
      supervisor.send({ type: 'node.refused', proposalIds, refusal });
      cameBack = [...cameBack, ...proposalIds];
    },
    applied(ends) {
      if (ends.length > 0) supervisor.send({ type: 'log.applied', ends });
    },

    leaderLost() {
      lostTouch = [...supervisor.getSnapshot().inFlight.keys()];
      cameBack = [];
    },
    leaderBack() {
      cameBack = [...supervisor.getSnapshot().inFlight.keys()];
    },
    hasQueued: () => lostTouch.length + cameBack.length > 0,
    nextToOffer() {
      const lost = lostTouch.slice(0, offeredPerTurnMax);
      const back = cameBack.slice(0, offeredPerTurnMax - lost.length);
      lostTouch = lostTouch.slice(lost.length);
      cameBack = cameBack.slice(back.length);
      if (lost.length > 0) supervisor.send({ type: 'link.leaderLost', proposalIds: lost });
      return unheldAmong(supervisor.getSnapshot(), [...lost, ...back]);
    },

    tick(nowMs, isLeaderless) {
      supervisor.send({ type: 'clock.ticked', nowMs });
      if (isLeaderless) supervisor.send({ type: 'clock.leaderless' });
    },
    takeNoMore() {
      turnsAway ??= closing;
    },
    close() {
      end(closing);
      supervisor.send({ type: 'node.stopped' });
    },
    seclude() {
      end(diverged);
      supervisor.send({ type: 'node.diverged' });
    },
  };
}
