/**
 * Where proposals of this node's own clients come in and their ends go out. Between the two
 * each is an actor under the supervisor of machines/proposals.ts; here stand only the clients
 * that wait for it.
 */
import { createActor, type AnyActorRef } from 'xstate';
import type { Proposal } from '../machines/protocol/entry.ts';
import type { NodeId, ProposalId } from '../machines/protocol/ids.ts';
import { limits } from '../machines/protocol/limits.ts';
import { refused, type Outcome, type Refused } from '../machines/protocol/outcome.ts';
import { proposalsLogic, waitingForLeader, type Asked, type Decided } from '../machines/proposals.ts';
import { encodeCommand } from './command-codec.ts';
import type { ProposeListener, ProposeRequest } from './service.ts';

export type ProposalDesk = Readonly<{
  propose(request: ProposeRequest, listener: ProposeListener, nowMs: number): void;
  /** What arrived since the last turn, each now an actor. */
  gather(): readonly Proposal[];
  /** What waits for a leader: new, or left behind by the last one. */
  unplaced(): readonly Proposal[];
  isAwaited(proposalId: ProposalId): boolean;
  inFlight(): number;

  placed(proposalIds: readonly ProposalId[]): void;
  forwarded(proposals: readonly Proposal[], to: NodeId): void;
  refused(proposalIds: readonly ProposalId[], refusal: Refused): void;
  applied(ends: readonly Decided[]): void;
  leaderLost(): void;
  tick(nowMs: number, isLeaderless: boolean): void;
  /** New proposals are refused from now on; those in flight go on. */
  takeNoMore(): void;
  /** Every proposal in flight ends now, and new ones are refused. */
  close(): void;
}>;

type Parts = Readonly<{ node: NodeId; parent: AnyActorRef; awake: () => void }>;

const tooMany = refused(
  'overloaded',
  `${limits.proposalsInFlightMax} proposals are in flight on this node already: slow down and try again`,
);
const closing = refused('shutting-down', 'this node is stopping: nothing was applied; ask another');

export function proposalDesk({ node, parent, awake }: Parts): ProposalDesk {
  const clients = new Map<ProposalId, ProposeListener[]>();
  let arrived: Asked[] = [];
  let isClosed = false;

  const ended = (proposalId: ProposalId, outcome: Outcome): void => {
    const listeners = clients.get(proposalId) ?? [];
    clients.delete(proposalId);
    for (const listener of listeners) listener.ended(outcome);
  };
  const supervisor = createActor(proposalsLogic, {
    id: `${node}/proposals`,
    parent,
    input: { node, ended },
  });
  supervisor.start();

  const tellInFlight = (proposalId: ProposalId): void => {
    for (const listener of clients.get(proposalId) ?? []) listener.inFlight?.();
  };

  return {
    propose(request, listener, nowMs) {
      const { proposalId, timeoutMs } = request;
      const joined = clients.get(proposalId);
      if (joined !== undefined) {
        joined.push(listener);
        if (supervisor.getSnapshot().inFlight.has(proposalId)) listener.inFlight?.();
        return;
      }
      if (isClosed) return listener.ended(closing);
      if (clients.size >= limits.proposalsInFlightMax) return listener.ended(tooMany);
      clients.set(proposalId, [listener]);
      arrived.push({
        proposal: { proposalId, payload: encodeCommand(request) },
        deadlineMs: nowMs + timeoutMs,
      });
      awake();
    },

    gather() {
      if (arrived.length === 0) return [];
      const asked = arrived;
      arrived = [];
      supervisor.send({ type: 'client.proposes', asked });
      return asked.map(({ proposal }) => proposal);
    },
    unplaced: () => waitingForLeader(supervisor.getSnapshot()),
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
    },
    applied(ends) {
      if (ends.length > 0) supervisor.send({ type: 'log.applied', ends });
    },
    leaderLost: () => supervisor.send({ type: 'link.leaderLost' }),
    tick(nowMs, isLeaderless) {
      supervisor.send({ type: 'clock.ticked', nowMs });
      if (isLeaderless) supervisor.send({ type: 'clock.leaderless' });
    },
    takeNoMore() {
      isClosed = true;
    },
    close() {
      isClosed = true;
      const neverBegun = arrived;
      arrived = [];
      for (const { proposal } of neverBegun) ended(proposal.proposalId, closing);
      supervisor.send({ type: 'node.stopped' });
    },
  };
}
