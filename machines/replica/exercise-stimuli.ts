/** All that can happen next to an instance, by what it waits for and what it may be sent. */
import type { Said } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import type { Engine, Snapshot, Stepped } from './engine.ts';
import type { Repertoire } from './exercise-events.ts';
import { type Pending, type Timer, withoutTimer } from './pending.ts';
import { occasion } from './replicable-occasion.ts';

export type Stimulus = Readonly<{
  /** "on PAY". */
  when: string;
  /** The type of the event that comes of it. */
  eventType: string;
  /** What user code gets to see of it. */
  brings: unknown;
  take: (engine: Engine, snapshot: Snapshot) => Stepped;
  /** What is still pending while it is taken. */
  left: (pending: Pending) => Pending;
  /** Nobody asked for this step, so nobody is refused: a machine that fails in it is broken. */
  isOwn: boolean;
}>;

const same = (pending: Pending): Pending => pending;

export const stimuli = (pending: Pending, repertoire: Repertoire): readonly Stimulus[] => [
  ...repertoire.events.map(sent),
  ...pending.timers.filter((timer) => mayFireNext(timer, pending.timers)).map(fired),
  ...effectStimuli(pending, repertoire),
];

const sent = (event: MachineEvent): Stimulus => ({
  when: occasion(event.type),
  eventType: event.type,
  brings: event,
  take: (engine, snapshot) => engine.apply(snapshot, event),
  left: same,
  isOwn: false,
});

const fired = (timer: Timer): Stimulus => ({
  when: timer.event.type.startsWith('xstate.')
    ? occasion(timer.event.type)
    : `on ${timer.event.type}, after ${timer.delayMs} ms,`,
  eventType: timer.event.type,
  brings: timer.event,
  take: (engine, snapshot) => engine.fire(snapshot, timer),
  left: (pending) => withoutTimer(pending, timer),
  isOwn: true,
});

/** Time passes as it likes, but a deadline never overtakes one that was as short and set before. */
const mayFireNext = (timer: Timer, timers: readonly Timer[]): boolean =>
  !timers.some((other) => {
    const setAfter = setAt(other) > setAt(timer);
    if (other === timer || setAfter || other.delayMs > timer.delayMs) return false;
    return other.delayMs < timer.delayMs || other.timer < timer.timer;
  });

const setAt = ({ dueMs, delayMs }: Timer): number => dueMs - delayMs;

function effectStimuli({ effects }: Pending, repertoire: Repertoire): readonly Stimulus[] {
  return effects.flatMap(({ wish }): readonly Stimulus[] => {
    if (wish.kind !== 'invocation') return [];
    const { session, actorId } = wish;
    const heard = (said: Said, eventType: string): Stimulus => ({
      when: occasion(eventType),
      eventType,
      brings: said,
      take: (engine, snapshot) => engine.hear(snapshot, session, said),
      left: same,
      isOwn: true,
    });
    return repertoire
      .sayings(wish)
      .map((said) => heard(said, said.to === 'parent' ? said.event.type : endOf(said, actorId)));
  });
}

/** What the parent gets to see of it. */
function endOf(said: Exclude<Said, { to: 'parent' }>, actorId: string): string {
  const type = said.to === 'failure' ? '.error' : said.event.type;
  if (type.endsWith('.next')) return `xstate.snapshot.${actorId}`;
  return /\.(reject|error)$/.test(type)
    ? `xstate.error.actor.${actorId}`
    : `xstate.done.actor.${actorId}`;
}
