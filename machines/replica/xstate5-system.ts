/**
 * The system that the actors of an instance live in while it takes a step. Deadlines, effects and
 * names go through it, and nothing of it reaches the world: what an actor asks for is written
 * down, and what does nothing good in a replica is forbidden.
 *
 * Nothing in here throws at an actor that only passes something on: XState would report it as
 * unhandled, on every node alike. It spoils the step instead.
 */
import type { AnyActorLogic } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { reasonOf } from './engine.ts';
import { rootSession, type Session } from './pending.ts';
import { isMachine, type Logics } from './xstate5-effects.ts';
import type { AskedAction, Findings } from './xstate5-findings.ts';
import {
  type Actor,
  deliver,
  isStopped,
  isSyncing,
  parentOf,
  performBy,
  refuseDeferring,
} from './xstate5-internals.ts';
import { replaced } from './xstate5-references.ts';

/** The machine's own actor has a parent, so that XState takes our system for it. */
export type Above = Readonly<{ id: string; sessionId: string; system: unknown }>;

export type System = Readonly<{
  above: Above;
  /** Its own actors, at work. */
  living: Map<Session, Actor>;
  keyed: Map<string, Actor>;
  /** Actors so far. */
  sessions: number;
  /** While actors are put up as they were, and nobody is to hear of it. */
  isMute: boolean;
  relay(target: Actor | Above, event: MachineEvent): void;
  /** From now on it steps as this says, as far as a replica may. */
  follow(actor: Actor, logic: AnyActorLogic): void;
}>;

/** What XState tells of its actors. */
type Seen = Readonly<{ type: string; actorRef: Actor; event: MachineEvent; _transitions: never }>;

type Mutable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

/**
 * Actors within actors, and actors in a row that pass on at once. Many times deeper, a stack
 * would end, and not on every node at the same place.
 */
const nestedMax = 256;

export function standInSystem(findings: Findings, logics: Logics, self: object): Mutable<System> {
  const living = new Map<Session, Actor>();
  const keyed = new Map<string, Actor>();
  let relays = 0;

  const members = {
    _bookId: (): string => `x:${system.sessions++}`,
    _register: (session: Session, actor: Actor) => void living.set(session, actor),
    _unregister(actor: Actor): void {
      // It loses its name beforehand; and if its parent had failed, nobody stops it.
      if (isStopped(actor)) living.delete(actor.sessionId);
      if (actor.systemId !== undefined && keyed.get(actor.systemId) === actor) {
        keyed.delete(actor.systemId);
      }
    },
    _set(systemId: string, actor: Actor): void {
      const existing = keyed.get(systemId);
      if (existing !== undefined && existing !== actor) {
        throw new Error(`Actor with system ID '${systemId}' already exists.`);
      }
      keyed.set(systemId, actor);
    },
    get: (systemId: string) => keyed.get(systemId),
    getAll: () => Object.fromEntries(keyed),
    getSnapshot: () => ({ _scheduledEvents: {} }),
    inspect: () => findings.forbid('it inspects its own system'),
    start: ignore,
    _sendInspectionEvent({ type, actorRef, event, _transitions: transitions }: Seen): void {
      if (type === '@xstate.actor') return adopt(actorRef);
      if (type !== '@xstate.microstep') return;
      if (actorRef === findings.root) findings.tape?.push({ event, transitions });
      findings.heedMicrostep(transitions);
    },
    _relay: (_source: unknown, target: Actor | Above, event: MachineEvent) => relay(target, event),
    scheduler: {
      schedule(
        source: Actor,
        target: Actor | Above,
        event: MachineEvent,
        delayMs: number,
        id?: string | number,
      ) {
        if (target === above) return findings.spoil('it sends to its parent, and has none');
        if (!isOurs(target)) return findings.spoil(stranger);
        const from = source.sessionId;
        // Whoever gives no id cannot call it off either.
        const named = id === undefined ? null : String(id);
        const delayed = { from, to: target.sessionId, id: named, event: absent(event), delayMs };
        findings.change({ type: 'schedule', delayed });
      },
      cancel: (source: Actor, id: string | number) =>
        findings.change({ type: 'cancel', from: source.sessionId, id: String(id) }),
      cancelAll: (actor: Actor) => findings.change({ type: 'over', session: actor.sessionId }),
    },
    _clock: { setTimeout: noClock, clearTimeout: ignore },
    _logger: (...said: unknown[]): void =>
      findings.log(said.length > 1 ? { label: said[0], value: said[1] } : { value: said[0] }),
  };
  const above: Above = { id: '', sessionId: '', system: members };

  const system: Mutable<System> = {
    above,
    living,
    keyed,
    sessions: 0,
    isMute: false,
    relay,
    follow,
  };

  function noClock(): never {
    return findings.forbid('it sets a timer of its own');
  }

  /** When its time comes, the machine's own actor may be another one. */
  const absent = (event: MachineEvent): MachineEvent =>
    replaced(
      event,
      (found) => found === findings.root,
      () => self,
    ) as MachineEvent;

  function isOurs(actor: Actor | Above): actor is Actor {
    let top = actor as Actor;
    for (let up = parentOf(top); up !== undefined && up !== above; up = parentOf(top)) top = up;
    return top === findings.root;
  }

  function relay(target: Actor | Above, event: MachineEvent): void {
    if (system.isMute) return;
    findings.mustBeOpen();
    if (target === above) return heardAbove(event);
    // XState would let it drop the event, and warn where it is built for development.
    if (isStopped(target as Actor)) return;
    if (!isOurs(target)) return findings.spoil(stranger);
    if (!findings.mayGoOn()) return;
    if (relays >= nestedMax) return findings.spoil(tooNested);
    relays += 1;
    try {
      deliver(target, event);
    } catch (thrown) {
      findings.spoil(reasonOf(thrown));
    } finally {
      relays -= 1;
    }
  }

  function heardAbove({ type, ...rest }: MachineEvent): void {
    if (type.startsWith('xstate.done.actor.')) return;
    // It has failed, which shows in its snapshot.
    if (type.startsWith('xstate.error.actor.') && 'error' in rest) return;
    findings.spoil('it sends to its parent, and has none');
  }

  /** A new actor: what it asks for comes to us, and if it is an effect it does nothing itself. */
  function adopt(actor: Actor): void {
    let depth = 0;
    for (let up = parentOf(actor); up !== undefined && up !== above; up = parentOf(up)) depth += 1;
    if (depth >= nestedMax) findings.forbid(tooNested);
    if (depth === 0) findings.root = actor;
    performBy(actor, (action) => perform(actor, action));
    actor.subscribe = subscribe as never;
    actor.on = listen as never;
    if (!system.isMute) follow(actor, actor.logic);
  }

  function follow(actor: Actor, logic: AnyActorLogic): void {
    if (!isMachine(logic)) refuseDeferring(actor, noDeferring);
    actor.logic = logics.of(logic);
  }

  function perform(actor: Actor, action: AskedAction): void {
    switch (action.type) {
      case 'xstate.emit':
        // Nobody listens to children.
        return actor.sessionId === rootSession ? findings.emit(action.params) : undefined;
      case 'xstate.log':
        return findings.log(action.params);
      case 'xstate.raise':
      case 'xstate.cancel':
      case 'xstate.sendTo':
      case 'xstate.spawnChild':
      case 'xstate.stopChild':
        return void action.exec?.(action.info, action.params);
      default:
        return findings.custom(action);
    }
  }

  /** What listens would be code of the moment, which no other replica could have. */
  function subscribe(this: Actor, ...observer: unknown[]): unknown {
    if (!isSyncing(this)) return findings.forbid('it subscribes to an actor');
    return Reflect.apply(Reflect.get(Object.getPrototypeOf(this), 'subscribe'), this, observer);
  }
  function listen(): never {
    return findings.forbid('it listens to what an actor emits');
  }
  function noDeferring(): never {
    return findings.forbid('a reducer of it defers an effect');
  }

  return system;
}

const stranger = 'it sends an event to an actor that is not of this instance';
const tooNested = `it nests actors, or lets them pass on at once, more than ${nestedMax} deep`;

const ignore = (): void => {};
