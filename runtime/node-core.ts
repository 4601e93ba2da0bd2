/**
 * A node without its doors: charts, disk, replica and transport, wired. Given real parts it is
 * a node of a cluster; given a simulated clock, disk and network it is the same node in a
 * simulated world.
 */
import type { Effect } from '../machines/protocol/effects.ts';
import type { MachineEvent } from '../machines/protocol/entry.ts';
import type { WireEvent } from '../machines/protocol/events.ts';
import type { NodeId } from '../machines/protocol/ids.ts';
import { unreachable } from '../machines/protocol/invariant.ts';
import { limits } from '../machines/protocol/limits.ts';
import { isComparison } from '../machines/protocol/messages.ts';
import { refused, type Outcome } from '../machines/protocol/outcome.ts';
import { slotMs } from '../machines/proposals.ts';
import { lastTimeOf, logOf } from '../machines/rules/log.ts';
import { clusterTime } from '../machines/rules/reign.ts';
import { applier, entriesPerTurnMax } from './applier.ts';
import { awakeTime } from './awake-time.ts';
import type { Alarm } from './clock.ts';
import { diskQueue } from './disk-queue.ts';
import { announcement } from './duties/announcement.ts';
import type { CoreOptions, Core, MessageTap } from './core.ts';
import { choreDesk } from './duties/chore-desk.ts';
import { divergenceOf } from './divergence/divergence.ts';
import { dutiesOf } from './duties/duties.ts';
import { hostNode, type Stimulus } from './host.ts';
import { inTurns } from './in-turns.ts';
import { createOutgoing } from './outgoing.ts';
import { proposalDesk } from './proposal-desk.ts';
import { readDesk } from './read-desk.ts';
import { runningProposal } from './running-proposal.ts';
import type { Transport } from './transport/port.ts';
import { createWatchers } from './watchers.ts';

/** How soon a proposal that was turned away is offered again, where no new leader shows itself. */
const offerAgainAfterMs = 250;

export function createCore(options: CoreOptions): Core {
  const { id, storage, replica, clock, logger, fellSilent } = options;
  const reads = readDesk(clock.seed());
  const watchers = createWatchers();
  const linked = new Set<NodeId>();
  const outgoing = createOutgoing();
  /** Since when nobody is known to lead; null while somebody is. */
  let leaderlessSinceMs: number | null = clock.nowMs();
  let leader: NodeId | null = null;
  let offeredAtMs = 0;
  let appliedAtTurnStart = replica.appliedIndex;
  let failure: unknown = null;
  let alarm: Alarm = null;
  let tap: MessageTap | null = null;

  const send = outgoing.add;
  const post = (): void => outgoing.post(carrier);

  /** What was wished to be sent and written so far. */
  const goOut = (): void => {
    // The others' disks are as slow as ours: they should begin no later.
    post();
    disk.kick();
    post();
  };

  const awakeMs = awakeTime(() => clock.nowMs(), limits.electionTimeoutMsMax);
  const host = hostNode(
    {
      self: id,
      voters: options.voters,
      hold: options.hold,
      hardState: storage.recovered.hardState,
      log: logOf([...storage.recovered.entries]),
      seed: clock.seed(),
    },
    {
      clock: { ...clock, nowMs: awakeMs },
      carryOut: (wish) => carryOut(wish),
      gather,
      turnOver() {
        appliedAtTurnStart = replica.appliedIndex;
        goOut();
      },
      broken: (cause) => fallSilent(cause),
    },
  );
  options.made?.(host.actor);
  const proposals = proposalDesk({
    node: id,
    parent: host.actor,
    awake: host.awake,
    soon: (run) => clock.soon(run),
  });

  const desk = choreDesk({
    clock,
    propose: (request, listener) => proposals.put(request, listener, clock.nowMs()),
  });
  const announce = announcement({ node: id, voters: options.voters, replica, desk });
  const duties = dutiesOf({
    node: id,
    parent: host.actor,
    replica,
    clock,
    logger,
    desk,
    sendTo: (machine, key, event) => proposeQuietly(machine, key, event),
    clusterTimeMs: () => clusterTime(host.actor.getSnapshot().context.reign, awakeMs()),
  });

  const divergence = divergenceOf({
    node: id,
    voters: options.voters,
    parent: host.actor,
    replica,
    clock,
    logger,
    term: () => host.actor.getSnapshot().context.hardState.term,
    send: (to, message) => send([{ to, message }]),
    secluded() {
      proposals.seclude();
      watchers.close();
      leads();
    },
    transfer: (to) => host.deliver({ type: 'operator.transfers', to }),
  });

  const disk = diskQueue({
    storage,
    // After a flush there may be no turn to send with: a silent node must not speak either.
    send: (envelopes) => (failure === null ? send(envelopes) : undefined),
    // At once rather than soon: others wait for what this flush has made true.
    flushed(event) {
      post();
      host.turn(() => host.deliver(event));
    },
    failed(cause) {
      failure = cause;
      host.deliver({ type: 'disk.failed', reason: String(cause) });
    },
  });

  const apply = applier({
    replica,
    logger,
    isAwaited: proposals.isAwaited,
    seen: watchers.tell,
    upgraded: watchers.tellAll,
  });
  const applySome = (): void => {
    // However many commits are heard in one turn, they share what may be applied in it.
    const ends = apply.step(entriesPerTurnMax - (replica.appliedIndex - appliedAtTurnStart));
    const through = replica.appliedIndex;
    host.deliver({ type: 'log.applied', through, lifecycle: replica.lifecycle });
    proposals.applied(ends);
    reads.applied(through);
    if (host.actor.getSnapshot().matches({ role: 'leader' })) duties.applied();
    divergence.applied();
  };
  const turns = { clock, turn: host.turn, isOver: () => failure !== null };
  const applyMore = inTurns(applySome, () => !apply.isIdle(), turns);

  function gather(): readonly Stimulus[] {
    const stimuli: Stimulus[] = [];
    const asked = proposals.gather();
    if (asked.length > 0) stimuli.push({ type: 'client.proposes', proposals: asked });
    const readId = reads.ask(clock.nowMs());
    if (readId !== null) stimuli.push({ type: 'client.reads', readId });
    return stimuli;
  }

  /** Some of the proposals that wait for a leader go to the one there is, each turn a few. */
  const offerSome = (): void => {
    const waiting = leader === null ? [] : proposals.nextToOffer();
    if (waiting.length > 0) host.deliver({ type: 'client.proposes', proposals: waiting });
  };
  const offer = inTurns(offerSome, () => leader !== null && proposals.hasQueued(), turns);

  const leaderChanged = (found: NodeId | null): void => {
    logger.info({ leader: found }, found === null ? 'no leader is known' : `${found} leads`);
    divergence.leads(found);
    if (found === null) {
      leader = null;
      leaderlessSinceMs ??= clock.nowMs();
      leads();
      return;
    }
    // The same as before without a pause in between: a hand-over that was given up.
    if (found === leader) proposals.leaderBack();
    else proposals.leaderLost();
    leader = found;
    leaderlessSinceMs = null;
    leads();
    reads.leaderFound();
    offer();
  };

  /** In a turn of its own: the chart is in the middle of saying so. Until then nothing is begun. */
  const leads = (): void =>
    clock.soon(() => {
      if (failure !== null) return;
      const { hardState } = host.actor.getSnapshot().context;
      const isFit = divergence.quarantine() === null;
      duties.leads(leader === id && isFit ? hardState.term : null);
    });

  /** For charts' own code, which waits for no answer. */
  const proposeQuietly = (machine: string, key: string, event: MachineEvent): void => {
    const proposalId = clock.newProposalId();
    const request = { proposalId, machine, key, event, timeoutMs: limits.proposalTimeoutMsDefault };
    const ended = (outcome: Outcome): void => {
      if (outcome.end !== 'committed')
        logger.warn({ machine, key, event: event.type }, outcome.message);
    };
    proposals.propose(request, { ended }, clock.nowMs(), replica.appliedIndex);
  };

  const carryOut = (wish: Effect): void => {
    switch (wish.type) {
      case 'send':
        return send(wish.envelopes);
      case 'persist':
        return disk.add(wish);
      case 'apply':
        apply.add(wish.entries);
        // Applying takes its time; the disks and the others should not have to wait for it.
        goOut();
        return applyMore();
      case 'placed':
        return proposals.placed(wish.proposalIds);
      case 'forwarded':
        return proposals.forwarded(wish.proposals, wish.to);
      case 'refuse':
        return proposals.refused(wish.proposalIds, refused(wish.code, wish.message));
      case 'readReady':
        return reads.vouched(wish.readId, wish.index, replica.appliedIndex);
      case 'readFailed':
        return reads.failed(wish.readId);
      case 'leaderChanged':
        return leaderChanged(wish.leader);
      case 'proposeRunning':
        return proposals.propose(
          runningProposal(clock.newProposalId()),
          { ended: ({ end }) => logger.info({ end }, 'proposed Running') },
          clock.nowMs(),
          replica.appliedIndex,
        );
      case 'fallSilent':
        return fallSilent(failure ?? new Error(wish.reason));
      default:
        return unreachable(wish);
    }
  };

  const tick = (): void => {
    // Nothing else may happen for long, and that is no sleep.
    awakeMs();
    const nowMs = clock.nowMs();
    const isLeaderless =
      leaderlessSinceMs !== null && nowMs - leaderlessSinceMs >= limits.leaderlessPatienceMs;
    proposals.tick(nowMs, isLeaderless);
    reads.tick(nowMs, isLeaderless);
    divergence.tick();
    // What came back from a node that would not take it; leaders that are overloaded need a pause.
    if (nowMs - offeredAtMs < offerAgainAfterMs) return;
    offeredAtMs = nowMs;
    offer();
    // What is not applied yet may be what an earlier process of ours has told.
    if (leader !== null && apply.isIdle()) announce();
  };
  const keepTicking = (): void => {
    alarm = clock.setTimeout(() => {
      host.turn(tick);
      if (failure === null) keepTicking();
    }, slotMs);
  };

  const fallSilent = (cause: unknown): void => {
    failure ??= cause;
    clock.clearTimeout(alarm);
    duties.stop();
    divergence.stop();
    host.stop();
    // Nothing of this goes through the disk: those who wait learn that they must ask another.
    proposals.close();
    reads.close();
    fellSilent(cause);
  };

  /** What was handed to the leader may be lost with the link; the same ids make a repetition safe. */
  const lostTouchWith = (peer: NodeId): void => {
    if (peer !== leader) return;
    proposals.leaderLost();
    offer();
  };

  const transport = options.connect(
    {
      heard(from, messages) {
        tap?.heard(from, messages);
        // A frame is a batch already: it waits for nothing else that may arrive in this turn.
        host.turn(() => {
          for (const message of messages) {
            if (isComparison(message)) divergence.heard(from, message);
            else
              host.deliver({ type: `wire.${message.kind}`, from, message } as Stimulus & WireEvent);
          }
        });
      },
      linkOpened(peer) {
        linked.add(peer);
        divergence.linkOpened(peer);
        host.deliver({ type: 'link.opened', peer });
        lostTouchWith(peer);
      },
      linkLost(peer) {
        linked.delete(peer);
        divergence.linkLost(peer);
        host.deliver({ type: 'link.lost', peer });
        lostTouchWith(peer);
      },
    },
    host.actor,
  );

  const carrier: Pick<Transport, 'send'> = {
    send(to, messages) {
      tap?.sent(to, messages);
      transport.send(to, messages);
    },
  };

  return {
    actor: host.actor,
    start() {
      host.start();
      keepTicking();
    },
    snapshot: () => host.actor.getSnapshot(),
    replica,
    proposals,
    reads,
    watchers,
    divergence,
    isLinked: (peer) => linked.has(peer),
    awake: host.awake,
    actors: () => [
      host.actor,
      ...Object.values(host.actor.getSnapshot().children).flatMap((child) => child ?? []),
      ...duties.actors(),
      divergence.actor,
      proposals.supervisor,
    ],
    clusterTimeMs() {
      const snapshot = host.actor.getSnapshot();
      const { log, reign } = snapshot.context;
      return snapshot.matches({ role: 'leader' }) ? clusterTime(reign, awakeMs()) : lastTimeOf(log);
    },
    tapMessages: (listener) => void (tap = listener),
    transfer: (to) => host.deliver({ type: 'operator.transfers', to }),
    async stop() {
      proposals.close();
      reads.close();
      duties.stop();
      divergence.stop();
      await disk.idle();
      clock.clearTimeout(alarm);
      host.stop();
      await transport.close();
    },
  };
}
