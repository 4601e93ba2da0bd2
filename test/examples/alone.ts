/**
 * An example as a plain XState actor, fed by hand what the log of a cluster says: the same events,
 * with its clock where theirs was, and the same results of what it invokes.
 */
import { createActor, type AnyActor, type AnyActorRef, type AnyMachineSnapshot } from 'xstate';
import type { Chore, Said } from '../../machines/protocol/chore.ts';
import type { Command } from '../../machines/protocol/entry.ts';
import { type Act, doorsBefore, type Run } from './doors.ts';
import type { Example } from './example.ts';
import { quiet } from '../world/quiet.ts';
import { plain, type Seen, standing } from './seen.ts';

/** An entry that the instance took, and what the cluster said it had invoked by it. */
export type Taken = Readonly<{
  index: number;
  timeMs: number;
  what: Command | Chore;
  begun: readonly Readonly<{ effect: string; name: string; actorId: string }>[];
}>;

export type Stand = Readonly<{
  index: number;
  /** Whether it could take the event; null where nobody sent one. */
  could: boolean | null;
  seen: Seen;
  tags: readonly string[];
  emitted: readonly unknown[];
  deadlines: number;
  invoked: readonly string[];
}>;

/** From one entry to another, `null` where it never came to an end. */
export type Span = { readonly what: string; readonly from: number; until: number | null };

export type AloneRun = Run & { effect: string };

export type Alone = Readonly<{
  stands: readonly Stand[];
  runs: readonly AloneRun[];
  acts: readonly Act[];
  delays: readonly Span[];
  /** Of the runs, likewise in the order of their beginning. */
  stays: readonly Span[];
}>;

type Alarm = { ring: () => void; dueMs: number; number: number; span: Span };

export async function playAlone(example: Example, log: readonly Taken[]): Promise<Alone> {
  let nowMs = 0;
  let index = 0;
  const alarms: Alarm[] = [];
  const delays: Span[] = [];
  const stands: Stand[] = [];
  const runs: AloneRun[] = [];
  const stays: Span[] = [];
  const acts: Act[] = [];
  let emitted: unknown[] = [];

  const clock = {
    setTimeout(ring: () => void, delayMs: number): Alarm {
      const span: Span = { what: `delay of ${delayMs} ms`, from: index, until: null };
      const alarm = { ring, dueMs: nowMs + Math.max(0, delayMs), number: delays.length, span };
      delays.push(span);
      alarms.push(alarm);
      return alarm;
    },
    clearTimeout(alarm: Alarm | undefined): void {
      const at = alarm === undefined ? -1 : alarms.indexOf(alarm);
      if (alarm === undefined || at < 0) return;
      alarms.splice(at, 1);
      alarm.span.until = index;
    },
  };

  const machine = example.machine(
    doorsBefore({
      began(run) {
        runs.push(Object.assign(run, { effect: '' }));
        stays.push({ what: `${run.name} as ${run.actorId}`, from: index, until: null });
      },
      heard() {},
      acted: (act) => void acts.push(act),
    }),
  );

  function begin(): AnyActor {
    const actor = createActor(machine, { clock, input: example.input, logger() {} } as never);
    actor.on('*', (event) => void emitted.push(plain(event)));
    // Else XState throws it at the process.
    actor.subscribe({ error() {} });
    actor.start();
    return actor as AnyActor;
  }
  let actor: AnyActor | null = null;

  function fire(number: number): void {
    const [next] = alarms.toSorted((a, b) => a.dueMs - b.dueMs || a.number - b.number);
    if (next === undefined)
      throw new Error(`at ${index} delay ${number} fired, and none is pending`);
    const { ring, dueMs, span } = next;
    if (next.number !== number || dueMs > nowMs) {
      throw new Error(
        `at ${index}, ${nowMs} ms, delay ${number} fired; due is ${next.number}, at ${dueMs} ms`,
      );
    }
    alarms.splice(alarms.indexOf(next), 1);
    span.until = index;
    ring();
  }

  function hear(effect: string, said: Said): void {
    const run = runs.find((each) => each.effect === effect);
    if (run === undefined || run.isLeft || run.isOver) {
      throw new Error(`at ${index} the chart heard ${effect}, which does not run`);
    }
    for (const word of wordsOf(run.self, said)) run.say(word);
  }

  function take({ what }: Taken): boolean | null {
    if (!('event' in what)) {
      switch (what.type) {
        case 'fire':
          fire(what.timer);
          return null;
        case 'hear':
          hear(what.effect, what.said);
          return null;
        default:
          throw new Error(`at ${index} the instance took a ${what.type}`);
      }
    }
    actor ??= begin();
    const before = actor.getSnapshot() as AnyMachineSnapshot;
    // One that is over takes nothing any more.
    if (before.status !== 'active') return false;
    const could = before.can(what.event);
    actor.send(what.event);
    return could;
  }

  for (const taken of log) {
    ({ index, timeMs: nowMs } = taken);
    const { length } = runs;
    emitted = [];
    const could = take(taken);
    await quiet();
    if (actor === null) throw new Error('an instance begins with an event');
    nameRuns(runs.slice(length), taken);
    const snapshot = (actor as AnyActorRef).getSnapshot() as AnyMachineSnapshot;
    const invoked = runs.filter(({ isLeft, isOver }) => !isLeft && !isOver);
    for (const [place, { isLeft, isOver }] of runs.entries()) {
      const stay = stays[place];
      if (stay !== undefined && (isLeft || isOver)) stay.until ??= index;
    }
    stands.push({
      index,
      could,
      seen: standing(snapshot),
      tags: [...snapshot.tags].toSorted(),
      emitted,
      deadlines: alarms.length,
      invoked: invoked.map(({ effect }) => effect),
    });
  }
  return { stands, runs, acts, delays, stays };
}

/** They began in the same order; those that the cluster has no name for were over at once. */
function nameRuns(begun: readonly AloneRun[], { index, begun: named }: Taken): void {
  const alive = begun.filter(({ isLeft }) => !isLeft);
  if (alive.length !== named.length) {
    throw new Error(
      `at ${index} it invoked ${alive.length} actors, and the cluster ${named.length}`,
    );
  }
  for (const [place, run] of alive.entries()) {
    const name = named[place];
    if (name?.name !== run.name || name.actorId !== run.actorId) {
      throw new Error(`at ${index} it invoked ${run.name}, and the cluster ${name?.name}`);
    }
    run.effect = name.effect;
  }
}

/** What the run has to say so that its actor says the same. */
function wordsOf(self: AnyActorRef, said: Said): readonly Parameters<Run['say']>[0][] {
  if (said.to === 'failure') return [{ fails: said.error }];
  const { event } = said;
  if (said.to === 'parent') return [{ says: event }];
  const { data } = event as { data?: unknown };
  switch (event.type) {
    case 'xstate.promise.resolve':
      return [{ gives: data }];
    case 'xstate.promise.reject':
    case 'xstate.observable.error':
      return [{ fails: data }];
    case 'xstate.observable.next':
      return [{ says: data }];
    case 'xstate.observable.complete':
      return [{ completes: true }];
    default:
      throw new Error(`${self.id} told itself ${event.type}`);
  }
}
