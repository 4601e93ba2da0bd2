/**
 * The supervisor of a node's proposals in flight: an actor logic, not a chart, because a chart
 * copies its map of children at every transition, which costs milliseconds once thousands are in
 * flight. Its own map is never copied. Every proposal is a real actor, its child, in the node's
 * system, so an inspector sees each of them.
 *
 * No child has a timer of its own: the deadlines of all stand in one table, in slots of
 * `slotMs`, and the host rings once a slot.
 */
import {
  createActor,
  type ActorLogic,
  type ActorRefFrom,
  type AnyActorScope,
  type EventObject,
  type NonReducibleUnknown,
  type Snapshot,
} from 'xstate';
import type { Proposal } from './protocol/entry.ts';
import type { NodeId, ProposalId } from './protocol/ids.ts';
import type { Applied, Outcome, Refused } from './protocol/outcome.ts';
import { proposalMachine, type ProposalEvent } from './proposal.ts';

export type ProposalActor = ActorRefFrom<typeof proposalMachine>;

export type Asked = Readonly<{ proposal: Proposal; deadlineMs: number }>;
export type Decided = Readonly<{ proposalId: ProposalId; outcome: Applied }>;

export type ProposalsEvent =
  | Readonly<{ type: 'client.proposes'; asked: readonly Asked[] }>
  | Readonly<{ type: 'log.placed'; proposalIds: readonly ProposalId[] }>
  | Readonly<{ type: 'log.applied'; ends: readonly Decided[] }>
  | Readonly<{ type: 'link.forwarded'; proposals: readonly Proposal[]; to: NodeId }>
  | Readonly<{ type: 'link.leaderLost'; proposalIds: readonly ProposalId[] }>
  | Readonly<{ type: 'node.refused'; proposalIds: readonly ProposalId[]; refusal: Refused }>
  | Readonly<{ type: 'clock.ticked'; nowMs: number }>
  | Readonly<{ type: 'clock.leaderless' }>
  | Readonly<{ type: 'node.stopped' }>
  | Readonly<{ type: 'node.diverged' }>;

export type ProposalsInput = Readonly<{
  node: NodeId;
  /** Told once for every proposal, with its end, after the proposal's actor has finished. */
  ended: (proposalId: ProposalId, outcome: Outcome) => void;
}>;

type InFlight = Readonly<{ actor: ProposalActor; proposal: Proposal; slot: number }>;

export type ProposalsSnapshot = Snapshot<undefined> &
  Readonly<{
    input: ProposalsInput;
    /** By proposal id. Shared by all snapshots of this actor: never copied, never persisted. */
    inFlight: Map<ProposalId, InFlight>;
    /** Whose deadline falls into which slot. */
    slots: Map<number, Set<ProposalId>>;
  }>;

/**
 * The proposal chart with its initial snapshot made once: all proposals begin alike, and making
 * it costs a third of a proposal's whole life. Sound because nothing happens on entering the
 * initial state, which a test asserts.
 */
const initialSnapshot = createActor(proposalMachine).getSnapshot();
const sharedBeginning: typeof proposalMachine = Object.create(proposalMachine, {
  getInitialSnapshot: { value: () => initialSnapshot },
});

/** How finely deadlines are kept, in ms. */
export const slotMs = 50;

const placed = { type: 'log.placed' } as const;
const leaderLost = { type: 'link.leaderLost' } as const;

const slotOf = (deadlineMs: number): number => Math.ceil(deadlineMs / slotMs);

type Logic = ActorLogic<ProposalsSnapshot, ProposalsEvent, ProposalsInput>;

export const proposalsLogic: Logic = {
  getInitialSnapshot: (_, input) => ({
    status: 'active',
    output: undefined,
    error: undefined,
    input,
    inFlight: new Map(),
    slots: new Map(),
  }),
  transition: (snapshot, event, scope) => {
    heard(snapshot, event, scope);
    return snapshot;
  },
  // A proposal is a mood of its node: nothing of it outlives the process but what the log holds.
  getPersistedSnapshot: (snapshot) => snapshot,
};

function heard(snapshot: ProposalsSnapshot, event: ProposalsEvent, scope: AnyActorScope): void {
  const { inFlight } = snapshot;
  const tell = (id: ProposalId, told: ProposalEvent): void => {
    const child = inFlight.get(id);
    if (child === undefined) return;
    scope.defer(() => {
      // One batch may decide it twice, if it stands in the log twice.
      if (child.actor.getSnapshot().status === 'active') child.actor.send(told);
    });
  };
  switch (event.type) {
    case 'client.proposes':
      for (const { proposal, deadlineMs } of event.asked) {
        begin(snapshot, proposal, deadlineMs, scope);
      }
      return;
    case 'log.placed':
      for (const id of event.proposalIds) tell(id, placed);
      return;
    case 'log.applied':
      for (const { proposalId, outcome } of event.ends) {
        tell(proposalId, { type: 'log.applied', outcome });
      }
      return;
    case 'link.forwarded':
      for (const { proposalId } of event.proposals) {
        tell(proposalId, { type: 'link.forwarded', to: event.to });
      }
      return;
    case 'node.refused':
      for (const id of event.proposalIds) {
        tell(id, { type: 'node.refused', refusal: event.refusal });
      }
      return;
    case 'link.leaderLost':
      for (const id of event.proposalIds) tell(id, leaderLost);
      return;
    case 'clock.leaderless':
      // Thousands may be under way, whom it does not concern.
      for (const [id, child] of inFlight) if (isUnplaced(child)) tell(id, event);
      return;
    case 'node.stopped':
    case 'node.diverged':
      for (const id of inFlight.keys()) tell(id, event);
      return;
    case 'clock.ticked': {
      for (const [slot, ids] of snapshot.slots) {
        if (slot * slotMs > event.nowMs) continue;
        snapshot.slots.delete(slot);
        for (const id of ids) tell(id, { type: 'clock.deadline' });
      }
      return;
    }
    default:
      return ended(snapshot, event, scope);
  }
}

function begin(
  { input, inFlight, slots }: ProposalsSnapshot,
  proposal: Proposal,
  deadlineMs: number,
  scope: AnyActorScope,
): void {
  const { proposalId } = proposal;
  const slot = slotOf(deadlineMs);
  const actor = createActor(sharedBeginning, {
    id: `${input.node}/proposal/${proposalId}`,
    parent: scope.self,
  });
  inFlight.set(proposalId, { actor, proposal, slot });
  const sharing = slots.get(slot);
  if (sharing === undefined) slots.set(slot, new Set([proposalId]));
  else sharing.add(proposalId);
  scope.defer(() => actor.start());
}

/** XState's own word that a child is done, or that we are stopped: outside our event union. */
function ended(
  { input, inFlight, slots }: ProposalsSnapshot,
  event: EventObject & { actorId?: string; output?: NonReducibleUnknown },
  scope: AnyActorScope,
): void {
  if (event.type === 'xstate.stop') {
    for (const { actor } of inFlight.values()) scope.stopChild(actor);
    inFlight.clear();
    return;
  }
  if (!event.type.startsWith('xstate.done.actor.')) return;
  const id = (event.actorId ?? '').slice(input.node.length + '/proposal/'.length) as ProposalId;
  const slot = inFlight.get(id)?.slot ?? 0;
  inFlight.delete(id);
  slots.get(slot)?.delete(id);
  if (slots.get(slot)?.size === 0) slots.delete(slot);
  scope.defer(() => input.ended(id, event.output as Outcome));
}

// `matches` costs several microseconds, which thousands of times in one turn is too long.
const isUnplaced = ({ actor }: InFlight): boolean => actor.getSnapshot().value === 'unplaced';

const isAdrift = ({ actor }: InFlight): boolean => {
  const { value } = actor.getSnapshot();
  return typeof value === 'object' && value.underWay === 'adrift';
};

/** Of these, those that no log and no wire holds, and those whose leader is gone. */
export function unheldAmong(
  { inFlight }: ProposalsSnapshot,
  proposalIds: readonly ProposalId[],
): readonly Proposal[] {
  const unheld: Proposal[] = [];
  for (const id of proposalIds) {
    const child = inFlight.get(id);
    if (child !== undefined && (isUnplaced(child) || isAdrift(child))) unheld.push(child.proposal);
  }
  return unheld;
}
