/**
 * What the inspector uses of XState beyond its documented ways. The only file that does; each
 * upgrade of XState must still say yes to all of it (`test/inspector/xstate-hook.test.ts`).
 *
 * `system.inspect` would do as well, but copies each event of each actor for its observers, and
 * thousands of proposals a second are actors too. Here whoever is not watched costs one look-up.
 */
// oxlint-disable no-underscore-dangle
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
  EventObject,
  Snapshot,
} from 'xstate';

export type Seen = Readonly<{
  /** Of those that XState has, `@xstate.event`, `@xstate.microstep` and `@xstate.snapshot` matter here. */
  type: string;
  /** In a system of its own there may be somebody else at the other end. */
  actorRef: AnyActorRef;
  event: EventObject;
  snapshot: Snapshot<unknown>;
  /** Of a microstep. */
  _transitions: readonly AnyTransitionDefinition[];
}>;

type System = AnyActorRef['system'] & {
  _sendInspectionEvent: (seen: Seen) => void;
  _snapshot: { _scheduledEvents: Record<string, Scheduled> };
};

type Scheduled = Readonly<{
  source: AnyActorRef;
  target: AnyActorRef;
  event: EventObject;
  delay: number;
  startedAt: number;
}>;

type Observe = (seen: Seen) => void;

const listeners = new WeakMap<System, Set<Observe>>();

/**
 * Hears of everything that goes on in that actor's system, until the function that comes back is
 * called. What `observe` throws is swallowed: it must not reach the actor at work.
 */
export function overhear(actor: AnyActorRef, observe: Observe): () => void {
  const system = actor.system as System;
  const hearing = listeners.get(system) ?? hookInto(system);
  hearing.add(observe);
  return () => {
    hearing.delete(observe);
    unhook(system);
  };
}

function hookInto(system: System): Set<Observe> {
  const hearing = new Set<Observe>();
  const before = system._sendInspectionEvent;
  const hooked: Observe = (seen) => {
    before(seen);
    for (const observe of hearing) {
      try {
        observe(seen);
      } catch {
        // An observer never throws into an actor: XState would lose the event.
      }
    }
  };
  listeners.set(system, hearing);
  befores.set(hooked, before);
  system._sendInspectionEvent = hooked;
  return hearing;
}

const befores = new WeakMap<Observe, Observe>();

/** Where somebody has hooked in behind us, ours stays, and is used again. */
function unhook(system: System): void {
  const before = befores.get(system._sendInspectionEvent);
  if (before === undefined || listeners.get(system)?.size !== 0) return;
  listeners.delete(system);
  system._sendInspectionEvent = before;
}

export const transitionsOf = ({ _transitions }: Seen): readonly AnyTransitionDefinition[] =>
  _transitions;

export type Timer = Readonly<{ event: string; startedAtMs: number; delayMs: number }>;

/** The delayed events that this actor waits for. */
export function timersOf(actor: AnyActorRef): readonly Timer[] {
  const scheduled = Object.values((actor.system as System)._snapshot._scheduledEvents);
  return scheduled
    .filter(({ target }) => target === actor)
    .map(({ event, startedAt, delay }) => ({
      event: event.type,
      startedAtMs: startedAt,
      delayMs: delay,
    }));
}

/** Null where its logic is no chart. */
export const machineOf = (actor: AnyActorRef): AnyStateMachine | null => {
  const { logic } = actor as AnyActorRef & { logic: unknown };
  return isMachine(logic) ? logic : null;
};

const isMachine = (logic: unknown): logic is AnyStateMachine =>
  typeof logic === 'object' && logic !== null && 'root' in logic && 'config' in logic;

export const isOfMachine = (snapshot: Snapshot<unknown>): snapshot is AnyMachineSnapshot =>
  'machine' in snapshot && 'value' in snapshot;

export const isActor = (value: object): value is AnyActorRef =>
  'sessionId' in value && '_processingStatus' in value;
