/**
 * The names that the node chart uses, each tied to the rule behind it. Nothing is decided here:
 * an action takes what a rule says is now known into the context, asks for what it wishes, and
 * tells the peer actors what concerns them.
 */
import { raise, setup } from 'xstate';
import type { Effect } from './protocol/effects.ts';
import type { NodeEvent } from './protocol/events.ts';
import { limits } from './protocol/limits.ts';
import { nextTerm, type NodeId } from './protocol/ids.ts';
import { invariant } from './protocol/invariant.ts';
import { peerMachine } from './peer.ts';
import * as following from './rules/following.ts';
import * as leading from './rules/leading.ts';
import {
  isPledged,
  othersOf,
  type NodeInput,
  type NodeState,
  type Step,
} from './rules/node-state.ts';
import * as serving from './rules/serving.ts';
import * as standing from './rules/standing.ts';

/** What regions of the chart tell each other. */
type InnerEvent = Readonly<{ type: 'lead.opensReads' }> | Readonly<{ type: 'lead.closesReads' }>;
type Heard = NodeEvent | InnerEvent;
type OfType<Type extends Heard['type']> = Extract<Heard, { type: Type }>;

const base = setup({
  types: {
    context: {} as NodeState,
    events: {} as Heard,
    input: {} as NodeInput,
  },
  actors: { peer: peerMachine },
  actions: {
    /** Provided by the host. */
    request: (_args, _wish: Effect) => {},
  },
  delays: {
    heartbeatInterval: limits.heartbeatIntervalMs,
    commitNoticeDelay: limits.commitNoticeDelayMs,
    electionTimeoutMin: limits.electionTimeoutMsMin,
    patience: ({ context }) => context.patienceMs,
    patienceBeyondMin: ({ context }) => context.patienceMs - limits.electionTimeoutMsMin,
  },
});

/** The name that a peer actor goes by among the children of its node. */
export const peerActorId = (self: NodeId, peer: NodeId): string => `${self}/peer/${peer}`;

/** An action that takes one of the rules' decisions. `types` are the events it is used for. */
const decide = <Type extends Heard['type'] = Heard['type']>(
  types: readonly Type[] | 'any',
  rule: (state: NodeState, event: OfType<Type>) => Step,
) =>
  base.enqueueActions(({ context, event, enqueue }) => {
    const isExpected = types === 'any' || (types as readonly string[]).includes(event.type);
    invariant(isExpected, 'the chart calls a rule for the events that it is meant for');
    const { now, wishes, tell } = rule(context, event as OfType<Type>);
    if (now !== undefined) enqueue.assign(now);
    if (wishes !== undefined) {
      for (const wish of wishes) enqueue({ type: 'request', params: wish });
    }
    if (tell !== undefined) {
      for (const { peer, event: told } of tell) {
        // A message can claim to be from anybody; only members have an actor here.
        if (peer === context.self || !context.voters.includes(peer)) continue;
        enqueue.sendTo(peerActorId(context.self, peer), told);
      }
    }
  });

/** For entry actions and others that do not look at the event. */
const simply = (rule: (state: NodeState) => Step) => decide('any', (state) => rule(state));

const requesting = ['client.proposes', 'wire.forward'] as const;
const reading = ['client.reads', 'wire.readIndexRequest'] as const;
const termOf = (event: Heard): number | null => ('message' in event ? event.message.term : null);

/** An alarm carries none. It makes only a node without peers stand, and that one waits for nobody. */
const momentOf = (event: Heard): number => ('nowMs' in event ? event.nowMs : 0);

/** The term gate is for messages alone. */
const spoken = (event: Heard): Extract<Heard, { message: unknown }> => {
  invariant('message' in event, 'only messages carry a term');
  return event;
};

const asked = (state: NodeState, event: OfType<(typeof requesting)[number]>) =>
  event.type === 'wire.forward'
    ? { origin: event.from, proposals: event.message.proposals, nowMs: event.nowMs }
    : { origin: state.self, proposals: event.proposals, nowMs: event.nowMs };

const batch = (state: NodeState, event: OfType<(typeof reading)[number]>) =>
  event.type === 'wire.readIndexRequest'
    ? { origin: event.from, readId: event.message.readId }
    : { origin: state.self, readId: event.readId };

export const nodeParts = base.extend({
  actions: {
    // The term gate (Raft §5.1).
    adoptTerm: decide('any', (state, event) => standing.adopt(state, spoken(event).message)),
    hearAgain: raise(({ event }) => event),
    answerStale: decide('any', (state, event) => standing.answerStale(state, spoken(event))),

    // Elections.
    redrawPatience: simply(standing.redrawPatience),
    sound: simply(standing.sound),
    stand: decide('any', (state, event) => standing.stand(state, momentOf(event))),
    ask: decide('any', (state, event) => standing.ask(state, momentOf(event))),
    beSummoned: simply(standing.beSummoned),
    countPreVote: decide(['wire.preVoteGranted'], (state, { from }) =>
      standing.countPreVote(state, from),
    ),
    countVote: decide(['wire.voteGranted'], (state, { from }) => standing.countVote(state, from)),
    grantVote: decide(['wire.voteRequest'], standing.grantVote),
    refuseVote: decide(['wire.voteRequest'], (state, { from }) => standing.refuseVote(state, from)),
    answerPreVote: decide(['wire.preVoteRequest'], standing.answerPreVote),
    refusePreVote: decide(['wire.preVoteRequest'], standing.refusePreVote),

    // Following.
    heed: decide(['wire.append', 'wire.heartbeat', 'wire.commit'], (state, { from }) =>
      following.heed(state, from),
    ),
    takeEntries: decide(['wire.append'], following.takeEntries),
    takeCommit: decide(['wire.heartbeat', 'wire.commit'], (state, { message }) =>
      following.takeCommit(state, message),
    ),
    answerHeartbeat: decide(['wire.heartbeat'], following.answerHeartbeat),

    // Leading.
    takeOffice: decide('any', (state, event) => leading.takeOffice(state, momentOf(event))),
    meetPeers: base.enqueueActions(({ context, enqueue }) => {
      for (const peer of othersOf(context)) {
        enqueue.spawnChild('peer', {
          id: peerActorId(context.self, peer),
          input: {
            peer,
            term: context.hardState.term,
            log: context.log,
            commitIndex: context.commitIndex,
          },
        });
      }
    }),
    partWithPeers: base.enqueueActions(({ context, enqueue }) => {
      for (const peer of othersOf(context)) enqueue.stopChild(peerActorId(context.self, peer));
    }),
    leaveOffice: simply(leading.leaveOffice),
    learnMatch: decide(['wire.appendAccepted'], leading.learnMatch),
    learnRefusal: decide(['wire.appendRefused'], (_, event) => leading.learnRefusal(event)),
    learnOwnMatch: decide(['disk.flushed'], leading.learnOwnMatch),
    learnDurable: decide(['disk.flushed'], standing.learnDurable),
    beat: simply(leading.beat),
    noteHeard: decide(
      ['wire.appendAccepted', 'wire.appendRefused', 'wire.heartbeatAck'],
      (state, { from }) => leading.noteHeard(state, from),
    ),
    tellCommit: simply(leading.tellCommit),
    countAnew: simply(leading.countAnew),
    tellPeerOfAck: decide(['wire.heartbeatAck'], (_, { from }) => ({
      tell: [{ peer: from, event: { type: 'wire.heartbeatAck' } }],
    })),
    tellPeerOfLink: decide(['link.opened', 'link.lost'], (state, { type, peer }) =>
      othersOf(state).includes(peer) ? { tell: [{ peer, event: { type } }] } : {},
    ),
    nameHeir: decide(['operator.transfers'], (state, { to }) => leading.nameHeir(state, to)),
    summonHeir: simply(leading.summonHeir),
    stayInOffice: simply(leading.stayInOffice),
    proposeRunning: simply(() => ({ wishes: [{ type: 'proposeRunning' }] })),

    // Proposals and reads.
    place: decide(requesting, (state, event) => serving.place(state, asked(state, event))),
    refuseOverload: decide(requesting, (state, event) =>
      serving.refuseOverload(state, asked(state, event)),
    ),
    forward: decide(['client.proposes'], (state, { proposals }) =>
      serving.forward(state, proposals),
    ),
    declineForward: decide(['wire.forward'], (state, { from, message }) =>
      serving.declineForward(state, from, message.proposals),
    ),
    passRefusalOn: decide(['wire.forwardRefused'], (_, { message }) => ({
      wishes: [
        {
          type: 'refuse',
          proposalIds: message.proposalIds,
          code: message.code,
          message: message.message,
        },
      ],
    })),
    askForReadIndex: decide(['client.reads'], (state, { readId }) =>
      serving.askForReadIndex(state, readId),
    ),
    useReadIndex: decide(['wire.readIndexGranted'], (state, { message }) =>
      serving.useReadIndex(state, message),
    ),
    readFailed: decide(['wire.readIndexRefused'], (_, { message }) => ({
      wishes: [{ type: 'readFailed', readId: message.readId }],
    })),
    takeRead: decide(reading, (state, event) => serving.takeRead(state, batch(state, event))),
    turnAwayReader: decide(['wire.readIndexRequest'], (state, event) =>
      serving.turnAwayReader(state, batch(state, event)),
    ),
    openReads: raise({ type: 'lead.opensReads' }),
    closeReads: raise({ type: 'lead.closesReads' }),
    openRound: simply(serving.openRound),
    acknowledge: decide(['wire.heartbeatAck'], (state, { from, message }) =>
      serving.acknowledge(state, from, message),
    ),
    release: simply(serving.release),
    turnReadersAway: simply(serving.turnReadersAway),

    fallSilent: decide(['disk.failed'], (_, { reason }) => ({
      wishes: [{ type: 'fallSilent', reason }],
    })),
  },
  guards: {
    isOfOurTerm: ({ context, event }) =>
      'message' in event && event.message.term === context.hardState.term,
    isFromTheFuture: ({ context, event }) => (termOf(event) ?? 0) > context.hardState.term,
    isStale: ({ context, event }) => {
      const term = termOf(event);
      return term !== null && term < context.hardState.term;
    },
    wouldGrant: ({ context, event }) =>
      event.type === 'wire.voteRequest' && standing.wouldGrant(context, event),
    isIntrusion: ({ context, event }) =>
      event.type === 'wire.voteRequest' &&
      event.message.term > context.hardState.term &&
      !event.message.transfer,
    isForOurNextTerm: ({ context, event }) =>
      event.type === 'wire.preVoteGranted' &&
      event.message.term <= context.hardState.term &&
      event.message.forTerm === nextTerm(context.hardState.term),
    isPledged: ({ context }) => isPledged(context),
    wouldWin: ({ context }) => standing.wouldWin(context),
    hasWon: ({ context }) => standing.hasWon(context),
    saysRunning: ({ event }) => event.type === 'log.applied' && event.lifecycle === 'Running',
    saysStopped: ({ event }) => event.type === 'log.applied' && event.lifecycle === 'Stopped',
    isNoopApplied: ({ context, event }) =>
      event.type === 'log.applied' && event.through >= context.noopIndex,
    isFirstLeader: ({ context, event }) =>
      event.type === 'log.applied' &&
      event.through >= context.noopIndex &&
      event.lifecycle === 'Init' &&
      !context.hold,
    isBackedUp: ({ context }) => serving.isBackedUp(context),
    hasHeir: ({ context, event }) =>
      event.type === 'operator.transfers' && leading.heirFor(context, event.to) !== null,
    isHeirReady: ({ context }) => leading.isHeirReady(context),
    hasHeardMajority: ({ context }) => leading.hasHeardMajority(context),
    owesNotice: ({ context }) => leading.owesNotice(context),
    haveReaders: ({ context }) => serving.haveReaders(context),
    isConfirmed: ({ context }) => serving.isConfirmed(context),
  },
});
