/**
 * A leader's duties towards the machines, carried out as `machines/duty.ts` decides: deadlines
 * are fired, effects are seen to, and the log is told the time as long as anything waits for it.
 */
import { createActor, type AnyActorRef } from 'xstate';
import { dutyMachine, type DutyEvent, type DutyWish } from '../../machines/duty.ts';
import type { EffectId } from '../../machines/protocol/chore.ts';
import type { NodeId, Term } from '../../machines/protocol/ids.ts';
import { unreachable } from '../../machines/protocol/invariant.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { PendingEffect } from '../../machines/replica/agenda.ts';
import type { Replica } from '../../machines/replica/replica.ts';
import type { Alarm, Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { ChoreDesk } from './chore-desk.ts';
import { effectsOf } from './effects.ts';
import type { SendTo } from './instance-ref.ts';

type Parts = Readonly<{
  node: NodeId;
  parent: AnyActorRef;
  replica: Replica;
  clock: Clock;
  logger: Logger;
  desk: ChoreDesk;
  sendTo: SendTo;
  /** The cluster's own time as far as this node, leading, has brought it. */
  clusterTimeMs: () => number;
}>;

export type Duties = Readonly<{
  /** We lead in this term; null: somebody else does, or nobody. */
  leads(term: Term | null): void;
  /** Entries were applied. */
  applied(): void;
  /** Its own, and one for each effect. */
  actors(): readonly AnyActorRef[];
  stop(): void;
}>;

const tryAgainAfterMs = 100;

/** Fired at once; the others follow when these are in the log. */
const firedAtOnceMax = 1_024;

export function dutiesOf({
  node,
  parent,
  replica,
  clock,
  logger,
  desk,
  sendTo,
  clusterTimeMs,
}: Parts): Duties {
  const { agenda, reign } = replica;
  const isRunning = (): boolean => replica.lifecycle === 'Running';
  const effects = effectsOf({ parent, clock, logger, desk, sendTo, isRunning });
  /** Deadlines whose firing is on its way through the log. */
  const firing = new Set<string>();
  let pending: PendingEffect[] = [];
  let over: EffectId[] = [];
  let isWatching = false;
  let isOver = false;
  let alarm: Alarm = null;
  let tickedAtMs = 0;
  /** The term whose tick is on its way. */
  let ticking: Term | null = null;
  let wishes: DutyWish[] = [];

  const actor = createActor(
    dutyMachine.provide({ actions: { request: (_, wish: DutyWish) => void wishes.push(wish) } }),
    { id: `${node}/duty`, parent },
  );

  const hear = (event: DutyEvent): void => {
    if (isOver) return;
    actor.send(event);
    const wished = wishes;
    wishes = [];
    for (const wish of wished) carryOut(wish);
  };

  const carryOut = (wish: DutyWish): void => {
    switch (wish) {
      case 'tick':
        return tick();
      case 'attend':
        return attend();
      case 'abandon':
        return abandon();
      default:
        return unreachable(wish);
    }
  };

  function tick(): void {
    const { term } = actor.getSnapshot().context;
    if (term === null || ticking === term) return;
    ticking = term;
    tickedAtMs = clock.nowMs();
    desk.put({ type: 'tick', node, term, wallMs: clock.wallMs() }, () => {
      if (ticking === term) ticking = null;
      // It may be in the log and yet have come too late for this reign. Not at once: whoever is
      // overloaded should be left in peace for a moment.
      clock.setTimeout(() => hear({ type: 'chore.failed' }), tryAgainAfterMs);
    });
  }

  function attend(): void {
    if (!isWatching) watch();
    seeToNews();
    clock.clearTimeout(alarm);
    alarm = null;
    const dueMs = agenda.nextDueMs();
    if (dueMs === null || !isRunning()) return;
    fireWhatIsDue();
    const nowMs = clusterTimeMs();
    const untilTickMs = tickedAtMs + limits.tickIntervalMs - clock.nowMs();
    if (untilTickMs <= 0) tick();
    const untilDueMs = dueMs <= nowMs ? limits.tickIntervalMs : Math.ceil(dueMs - nowMs);
    const delayMs = Math.max(
      1,
      Math.min(
        untilDueMs,
        limits.tickIntervalMs,
        untilTickMs <= 0 ? limits.tickIntervalMs : untilTickMs,
      ),
    );
    alarm = clock.setTimeout(() => hear({ type: 'clock.rang' }), delayMs);
  }

  /** From now on; and what was there before. */
  function watch(): void {
    isWatching = true;
    pending = [...agenda.effects.values()];
    agenda.watch({
      pending: (effect) => void pending.push(effect),
      over: (id) => void over.push(id),
    });
  }

  function seeToNews(): void {
    const { term } = actor.getSnapshot().context;
    const ended = over;
    over = [];
    for (const id of ended) effects.over(id);
    const begun = pending;
    pending = [];
    for (const { effect } of begun) {
      const now = agenda.effects.get(effect.id);
      if (now !== undefined && term !== null) effects.pending(now, term);
    }
  }

  function fireWhatIsDue(): void {
    for (const { machine, key, timer } of agenda.due(clusterTimeMs(), firedAtOnceMax)) {
      const name = `${machine}/${key}/${timer}`;
      if (firing.has(name)) continue;
      firing.add(name);
      // If it came to nothing it is still due, and found again.
      desk.put({ type: 'fire', machine, key, timer }, () => firing.delete(name));
    }
  }

  function abandon(): void {
    agenda.watch(null);
    isWatching = false;
    pending = [];
    over = [];
    clock.clearTimeout(alarm);
    alarm = null;
    effects.abandon();
  }

  const isAwaited = (): boolean => agenda.deadlines > 0 || agenda.effects.size > 0;

  actor.start();
  return {
    leads: (term) =>
      hear(
        term === null
          ? { type: 'leader.other' }
          : { type: 'leader.self', term, isAwaited: isAwaited() },
      ),
    applied() {
      const isOurs = reign.node === node;
      hear({ type: 'log.applied', reign: isOurs ? reign.term : null, isAwaited: isAwaited() });
    },
    actors: () => [actor, ...effects.actors()],
    stop() {
      hear({ type: 'leader.other' });
      clock.clearTimeout(alarm);
      // Only what is nobody's child can be stopped, and this one must not begin again.
      isOver = true;
    },
  };
}
