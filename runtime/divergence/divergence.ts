/**
 * Finds out whether this node still agrees with the others, as `machines/divergence.ts` decides:
 * tells them what its states come to, compares, and if it turns out to be wrong keeps to itself
 * and finds out where it went another way.
 */
import { createActor, type AnyActorRef } from 'xstate';
import {
  divergenceMachine,
  type DivergenceEvent,
  type DivergenceWish,
} from '../../machines/divergence.ts';
import { indexZero, type LogIndex, type NodeId, type Term } from '../../machines/protocol/ids.ts';
import { unreachable } from '../../machines/protocol/invariant.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Checkpoint, ComparisonMessage } from '../../machines/protocol/messages.ts';
import { judge, type Verdict } from '../../machines/rules/dissent.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Quarantine } from '../service.ts';
import { createComparison } from './comparison.ts';
import { createInquiry, type Inquiry } from './inquiry.ts';
import { quarantineAt } from './quarantine.ts';
import { testify } from './testimony.ts';

type Parts = Readonly<{
  node: NodeId;
  voters: readonly NodeId[];
  parent: AnyActorRef;
  replica: Replica;
  clock: Clock;
  logger: Logger;
  /** This node's own term, for what it says. */
  term: () => Term;
  send: (to: NodeId, message: ComparisonMessage) => void;
  /** Clients are refused from now on, and the machines' work is left to others. */
  secluded: () => void;
  /** Hands leadership over. */
  transfer: (to: NodeId) => void;
}>;

export type Divergence = Readonly<{
  heard(from: NodeId, message: ComparisonMessage): void;
  /** Entries were applied. */
  applied(): void;
  leads(leader: NodeId | null): void;
  linkOpened(peer: NodeId): void;
  linkLost(peer: NodeId): void;
  tick(): void;
  /** Where this node went another way; null while it has not. */
  quarantine(): Quarantine | null;
  /** Calls back once when it has. */
  whenSecluded(told: () => void): void;
  actor: AnyActorRef;
  stop(): void;
}>;

type Outvoted = Readonly<{ index: LogIndex; by: readonly NodeId[]; inquiry: Inquiry }>;

export function divergenceOf(parts: Parts): Divergence {
  const { node, voters, parent, replica, clock, logger, send } = parts;
  const { digest } = replica;
  const peers = voters.filter((voter) => voter !== node);
  const comparison = createComparison({ self: node, keptMax: limits.checkpointsKeptMax });
  const linked = new Set<NodeId>();
  /** Those that have said of themselves that they are wrong. */
  const wrong = new Set<NodeId>();
  let fresh: Checkpoint[] = [];
  let leader: NodeId | null = null;
  let appliedAtMs = clock.nowMs();
  let toldAtMs = clock.nowMs();
  /** The last place at which somebody differed and nobody could say who is right; zero if none is left. */
  let contestedAt: LogIndex = indexZero;
  let outvoted: Outvoted | null = null;
  let quarantine: Quarantine | null = null;
  const waiting: (() => void)[] = [];
  let wishes: DivergenceWish[] = [];
  let isCarrying = false;

  const actor = createActor(
    divergenceMachine.provide({
      actions: { request: (_, wish: DivergenceWish) => void wishes.push(wish) },
    }),
    { id: `${node}/divergence`, parent },
  );
  // Its alarms ring within the chart's own turns, so what it wishes is taken from here.
  actor.subscribe(() => {
    if (isCarrying) return;
    isCarrying = true;
    for (let wish = wishes.shift(); wish !== undefined; wish = wishes.shift()) carryOut(wish);
    isCarrying = false;
  });
  const hear = (type: DivergenceEvent['type']): void => {
    if (actor.getSnapshot().status === 'active') actor.send({ type });
  };

  function carryOut(wish: DivergenceWish): void {
    switch (wish) {
      case 'judge':
        return judgeLate();
      case 'seclude':
        return seclude();
      case 'handOver':
        return handOver();
      case 'askCourse':
      case 'askRows':
      case 'askState':
        return outvoted?.inquiry.ask(wish);
      case 'turnToAnother':
        return turnToAnother();
      case 'tell':
        return tell();
      default:
        return unreachable(wish);
    }
  }

  const judgeAt = (index: LogIndex, isLate: boolean): Verdict => {
    const testimonies = comparison.at(index);
    return testimonies === null
      ? { type: 'unheard' }
      : judge(testimonies, { self: node, voters, leader, isLate });
  };

  function compareAt(index: LogIndex): void {
    const verdict = judgeAt(index, false);
    switch (verdict.type) {
      case 'unheard':
        return;
      case 'agreed':
        return agree(index);
      case 'contested':
        contestedAt = index > contestedAt ? index : contestedAt;
        return hear('verdict.contested');
      case 'outvoted':
        return lose(index, verdict.by);
      default:
        return unreachable(verdict);
    }
  }

  /** Nearly always there is nothing to take back, and the chart need not be asked. */
  function agree(index: LogIndex): void {
    if (contestedAt === indexZero || index <= contestedAt) return;
    contestedAt = indexZero;
    hear('verdict.agreed');
  }

  function judgeLate(): void {
    const verdict = judgeAt(contestedAt, true);
    if (verdict.type === 'outvoted') return lose(contestedAt, verdict.by);
    const { by = [] } = verdict.type === 'contested' ? verdict : {};
    logger.warn(
      { code: 'diverged', index: contestedAt, others: by },
      `other nodes have come to other states by entry ${contestedAt}, and it is not known who is right`,
    );
  }

  function lose(index: LogIndex, by: readonly NodeId[]): void {
    if (outvoted === null) {
      const witness = by.find((peer) => linked.has(peer)) ?? by[0] ?? node;
      const agreed = comparison.agreedBefore(witness, index);
      const inquiry = createInquiry({
        replica,
        witness,
        agreed,
        differing: index,
        send: (to, question) => send(to, { ...question, term: parts.term() }),
      });
      outvoted = { index, by, inquiry };
    }
    hear('verdict.outvoted');
  }

  function seclude(): void {
    if (outvoted === null) return;
    const { index, by, inquiry } = outvoted;
    quarantine = quarantineAt(inquiry.place(), inquiry.witness);
    logger.error(
      { code: 'diverged', index, others: by },
      `this node's states differ from those of ${by.join(', ')} by entry ${index}: it serves nobody until it is restarted, and looks for where it went another way`,
    );
    parts.secluded();
    for (const told of waiting) told();
    tellPeers([digest.latest]);
  }

  /** To somebody who is right and keeps up; where there is nobody, the log is still well served. */
  function handOver(): void {
    if (leader !== node) return;
    const [heir] = peers
      .filter((peer) => linked.has(peer) && !wrong.has(peer))
      .toSorted((a, b) => comparison.reachedBy(b) - comparison.reachedBy(a));
    if (heir !== undefined) parts.transfer(heir);
  }

  function turnToAnother(): void {
    if (outvoted === null) return;
    const { by, index, inquiry } = outvoted;
    const turn = by.indexOf(inquiry.witness) + 1;
    const inTurn = [...by.slice(turn), ...by.slice(0, turn)];
    const next = inTurn.find((peer) => linked.has(peer)) ?? inTurn[0] ?? node;
    if (next !== inquiry.witness) inquiry.turnTo(next, comparison.agreedBefore(next, index));
  }

  function tell(): void {
    if (outvoted === null) return;
    const { inquiry } = outvoted;
    quarantine = quarantineAt(inquiry.place(), inquiry.witness);
    logger.error({ code: 'diverged', ...quarantine }, quarantine.message);
  }

  const tellPeer = (peer: NodeId, checkpoints: readonly Checkpoint[]): void =>
    send(peer, {
      kind: 'stateDigests',
      term: parts.term(),
      checkpoints,
      quarantined: quarantine !== null,
    });
  function tellPeers(checkpoints: readonly Checkpoint[]): void {
    toldAtMs = clock.nowMs();
    for (const peer of peers) tellPeer(peer, checkpoints.slice(-limits.checkpointsToldMax));
  }

  function publish(): void {
    if (fresh.length === 0) return;
    const checkpoints = fresh;
    fresh = [];
    tellPeers(checkpoints);
    for (const { index } of checkpoints) compareAt(index);
  }

  function heardDigests(peer: NodeId, checkpoints: readonly Checkpoint[], isWrong: boolean): void {
    if (isWrong && !wrong.has(peer)) {
      logger.warn(
        { peer, code: 'diverged' },
        `${peer} has diverged, and serves nobody until it is restarted`,
      );
      wrong.add(peer);
    } else if (!isWrong) wrong.delete(peer);
    comparison.theirs(peer, checkpoints);
    // Where it is a place that we would pass by: after a restart, we should not serve for long.
    digest.takeAt(checkpoints.at(-1)?.index ?? indexZero);
    for (const { index } of checkpoints) compareAt(index);
  }

  digest.watch((checkpoint) => {
    comparison.ours(checkpoint);
    fresh.push(checkpoint);
  });
  actor.start();

  return {
    actor,
    heard(from, message) {
      switch (message.kind) {
        case 'stateDigests':
          return heardDigests(from, message.checkpoints, message.quarantined);
        case 'courseRequest':
        case 'rowsRequest':
        case 'stateRequest': {
          const answer = testify(replica, message);
          return answer === null ? undefined : send(from, { ...answer, term: parts.term() });
        }
        case 'course':
        case 'rows':
        case 'stateInFull': {
          const came = outvoted?.inquiry.heard(from, message) ?? null;
          return came === null ? undefined : hear(came);
        }
        default:
          return unreachable(message);
      }
    },
    applied() {
      appliedAtMs = clock.nowMs();
      publish();
    },
    leads(found) {
      leader = found;
    },
    linkOpened(peer) {
      linked.add(peer);
      tellPeer(peer, [digest.latest]);
    },
    linkLost: (peer) => void linked.delete(peer),
    tick() {
      const nowMs = clock.nowMs();
      const isQuiet = nowMs - appliedAtMs >= limits.checkpointMs;
      if (isQuiet && digest.latest.index < replica.appliedIndex) digest.checkpoint();
      publish();
      if (nowMs - toldAtMs >= limits.checkpointAgainMs) tellPeers([digest.latest]);
    },
    quarantine: () => quarantine,
    whenSecluded: (told) => void waiting.push(told),
    stop: () => hear('node.stopped'),
  };
}
