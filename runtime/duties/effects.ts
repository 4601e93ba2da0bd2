/** The effects that this node sees to while it is on duty, an actor each. */
import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { effectMachine, type EffectEvent, type EffectWish } from '../../machines/effect.ts';
import type { Chore, EffectId, Said } from '../../machines/protocol/chore.ts';
import type { Term } from '../../machines/protocol/ids.ts';
import { unreachable } from '../../machines/protocol/invariant.ts';
import type { PendingEffect } from '../../machines/replica/agenda.ts';
import type { CustomAction, Invocation, Telling } from '../../machines/replica/pending.ts';
import { copyOf } from '../../machines/replica/copy.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { ChoreDesk } from './chore-desk.ts';
import { runEffect, type EffectRun } from './effect-run.ts';
import { instanceRef, type SendTo } from './instance-ref.ts';
import { createTurns } from './turns.ts';

type Parts = Readonly<{
  parent: AnyActorRef;
  clock: Clock;
  logger: Logger;
  desk: ChoreDesk;
  sendTo: SendTo;
  /** Whether machines take what they are sent. */
  isRunning: () => boolean;
}>;

export type Effects = Readonly<{
  /** What the log says now of an effect that is not done: it is new, or it was claimed. */
  pending(effect: PendingEffect, term: Term): void;
  /** Nobody waits for it any more. */
  over(id: EffectId): void;
  /** All of them are somebody else's now. */
  abandon(): void;
  count(): number;
  actors(): readonly AnyActorRef[];
}>;

type Hear = (event: EffectEvent) => void;
type Attended = Readonly<{ hear: Hear; actor: AnyActorRef }>;
type Numbered = Readonly<{ said: Said; word: number }>;
type Wished = Readonly<{ wish: EffectWish; said: Said | undefined }>;

/** A run of an actor's logic, and what the chart has told it before it began. */
type Voice = { run: EffectRun | null; early: (() => void)[] };

/** What came to nothing for want of a leader, or too early, is tried again so much later. */
const againAfterMs = 100;

export function effectsOf({ parent, clock, logger, desk, sendTo, isRunning }: Parts): Effects {
  const seenTo = new Map<EffectId, Attended>();
  const turns = createTurns();
  const voices = new Map<string, Voice>();
  let words = 0;

  const voiceOf = (pending: PendingEffect, session: string): Voice => {
    const name = `${nameOf(pending)}/${session}`;
    let voice = voices.get(name);
    if (voice === undefined) {
      voice = { run: null, early: [] };
      voices.set(name, voice);
    }
    return voice;
  };

  function invoke(pending: PendingEffect, invocation: Invocation, term: Term, hear: Hear): void {
    const { machine, key, effect } = pending;
    const voice = voiceOf(pending, invocation.session);
    voice.run = runEffect({
      invocation,
      info: { id: effect.id, fencingTerm: term, machine, key },
      clock,
      logger,
      say: (said) => hear({ type: 'effect.said', said }),
    });
    for (const telling of voice.early.splice(0)) telling();
  }

  function tell(pending: PendingEffect, { session, event }: Telling, hear: Hear): void {
    const voice = voiceOf(pending, session);
    const telling = (): void => {
      voice.run?.tell(copyOf(event));
      hear({ type: 'effect.finished' });
    };
    if (voice.run === null) voice.early.push(telling);
    else telling();
  }

  async function act(pending: PendingEffect, action: CustomAction, hear: Hear): Promise<void> {
    const { machine, key, effect } = pending;
    try {
      const self = instanceRef(machine, key, sendTo);
      // What the instance holds must not change by what is done to it here.
      const { args, params } = copyOf(action);
      await action.run({ ...args, self }, params);
    } catch (cause) {
      logger.error(
        { machine, key, effect: effect.id, err: cause },
        `the action "${action.name}" threw; it counts as done`,
      );
    }
    hear({ type: 'effect.finished' });
  }

  function run(pending: PendingEffect, term: Term, hear: Hear): void {
    const { wish } = pending.effect;
    switch (wish.kind) {
      case 'invocation':
        return invoke(pending, wish, term, hear);
      case 'telling':
        return tell(pending, wish, hear);
      case 'action':
        return turns.ready(nameOf(pending), pending.effect.id, () => void act(pending, wish, hear));
      case 'sending':
        return;
      default:
        return unreachable(wish);
    }
  }

  function stop(pending: PendingEffect): void {
    const { id, wish } = pending.effect;
    if (wish.kind === 'action') turns.leave(nameOf(pending), id);
    if (wish.kind !== 'invocation') return;
    voiceOf(pending, wish.session).run?.stop();
    voices.delete(`${nameOf(pending)}/${wish.session}`);
  }

  function put(chore: Chore, hear: Hear): void {
    const later = (type: 'log.reported' | 'log.failed'): void =>
      void clock.setTimeout(() => hear({ type }), againAfterMs);
    const isForMachines = chore.type === 'hear' || chore.type === 'deliver';
    // It would come to nothing, and fill the log.
    if (isForMachines && !isRunning()) return later('log.failed');
    desk.put(chore, (isInLog) => {
      if (!isInLog) return later('log.failed');
      if (chore.type === 'hear') return hear({ type: 'log.reported' });
      // What was delivered is over by now; what was not has to wait a little. And of what else
      // there is, the agenda tells.
      if (chore.type === 'deliver') later('log.reported');
    });
  }

  /** Under the same number whenever it is put into the log, so that it is heard once. */
  function report(pending: PendingEffect, term: Term, { said, word }: Numbered, hear: Hear): void {
    const { machine, key, effect } = pending;
    const chore = { type: 'hear', machine, key, effect: effect.id, term, word } as const;
    try {
      put({ ...chore, said }, hear);
    } catch (cause) {
      const error = new Error(
        `what this effect came to cannot be replicated: ${String(cause)}; let it give plain data`,
      );
      logger.error({ machine, key, effect: effect.id }, error.message);
      put({ ...chore, said: { to: 'failure', error } }, hear);
    }
  }

  function seeTo(pending: PendingEffect, term: Term): Attended {
    const { machine, key, effect } = pending;
    const { id, wish, isOnce, claimedIn } = effect;
    const where = { machine, key, effect: id };
    if (wish.kind === 'action' && claimedIn !== null) {
      logger.warn(
        where,
        `the action "${wish.name}" is skipped: a leader that is gone may have done it already`,
      );
    }
    const wishes: Wished[] = [];
    let latest: Numbered | null = null;
    let isCarrying = false;

    const numbered = (said: Said): Numbered => {
      if (latest?.said === said) return latest;
      words += 1;
      latest = { said, word: words };
      return latest;
    };
    const carryOut = ({ wish: wished, said }: Wished): void => {
      switch (wished) {
        case 'claim':
          return put({ type: 'claim', ...where, term }, hear);
        case 'run':
          return run(pending, term, hear);
        case 'report':
          return said === undefined ? undefined : report(pending, term, numbered(said), hear);
        case 'finish':
          return put({ type: 'done', machine, key, effects: [id] }, hear);
        case 'deliver':
          return put({ type: 'deliver', ...where }, hear);
        case 'stop':
          return stop(pending);
        default:
          return unreachable(wished);
      }
    };
    const settled = (stimulus: () => void): void => {
      stimulus();
      if (isCarrying) return;
      isCarrying = true;
      for (let next = wishes.shift(); next !== undefined; next = wishes.shift()) carryOut(next);
      isCarrying = false;
    };
    const actor: ActorRefFrom<typeof effectMachine> = createActor(
      effectMachine.provide({
        actions: {
          request: ({ context }, wished: EffectWish) =>
            void wishes.push({ wish: wished, said: context.unsaid[0] }),
        },
      }),
      {
        id: `effect/${id}`,
        parent,
        input: { kind: wish.kind, isOnce, isClaimed: claimedIn !== null },
      },
    );
    function hear(event: EffectEvent): void {
      if (actor.getSnapshot().status === 'active') settled(() => actor.send(event));
    }
    settled(() => actor.start());
    return { hear, actor };
  }

  return {
    pending(found, term) {
      const { id, claimedIn } = found.effect;
      const attended = seenTo.get(id);
      if (attended === undefined) {
        if (found.effect.wish.kind === 'action' && claimedIn === null)
          turns.join(nameOf(found), id);
        seenTo.set(id, seeTo(found, term));
      } else if (claimedIn === term) attended.hear({ type: 'log.claimed' });
    },
    over(id) {
      seenTo.get(id)?.hear({ type: 'effect.over' });
      seenTo.delete(id);
    },
    abandon() {
      turns.clear();
      for (const { hear } of seenTo.values()) hear({ type: 'effect.over' });
      seenTo.clear();
      voices.clear();
    },
    count: () => seenTo.size,
    actors: () => [...seenTo.values()].map(({ actor }) => actor),
  };
}

const nameOf = ({ machine, key }: PendingEffect): string => `${machine}/${key}`;
