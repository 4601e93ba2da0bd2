/**
 * An instance with all that it has as plain data, and back: where it stands, its actors, what it
 * waits for. What comes back behaves from there on exactly like what was told.
 *
 * Actors and snapshots may be anywhere in a context or an event. Marks stand for them; code is
 * told by its name in the machine's definition.
 */
import type { AnyActorLogic, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { invariant } from '../protocol/invariant.ts';
import { MachineFailure, Unnameable } from './engine.ts';
import {
  type Effect,
  nothingPending,
  type Pending,
  rootSession,
  type Session,
  type Wish,
} from './pending.ts';
import type { Member, Stage } from './xstate5-actors.ts';
import { catalogueOf, type Catalogue } from './xstate5-catalogue.ts';
import type { Logics } from './xstate5-effects.ts';
import { type Actor, dress, isActor, isSynced, parentOf, standOf } from './xstate5-internals.ts';
import { marked, unmarked } from './xstate5-marks.ts';
import { holds } from './xstate5-references.ts';
import { type Body, bodyOf } from './xstate5-snapshot.ts';
import { aloneAt, type Standing, standingOf } from './xstate5-standing.ts';

export type PlainActor = Readonly<{
  session: Session;
  parent: Session;
  id: string;
  src: string | null;
  /** By its name. Null where it takes no steps any more. */
  logic: string | null;
  systemId: string | null;
  isKnown: boolean;
  isSynced: boolean;
  isOver: boolean;
  input: unknown;
  snapshot: unknown;
}>;

type PlainWish =
  | Readonly<{ kind: 'invocation'; session: Session }>
  | Readonly<{ kind: 'action'; name: string; code: string; args: unknown; params: unknown }>
  | Exclude<Wish, { kind: 'invocation' | 'action' }>;

export type PlainInstance = Readonly<{
  sessions: number;
  root: AnyMachineSnapshot;
  /** All but the machine's own, the elder first. */
  actors: readonly PlainActor[];
  timers: Pending['timers'];
  scheduled: number;
  effects: readonly (Omit<Effect, 'wish'> & Readonly<{ wish: PlainWish }>)[];
}>;

type Whole = Readonly<{ standing: Standing; pending: Pending }>;

type World = Readonly<{ stage: Stage; logics: Logics; self: object }>;

export function plainly(machine: AnyStateMachine, { stage, logics, self }: World) {
  let known: Catalogue | null = null;
  const bodies = new Map<string, Body>();
  const catalogue = (): Catalogue => (known ??= catalogueOf(machine));

  function named(name: string): object {
    const code = catalogue().find(name);
    // Not by itself: it may be of an earlier definition.
    if (code === undefined) throw new MachineFailure(`there is no code any more at ${name}`);
    return code;
  }

  function bodyNamed(name: string): Body {
    const body = bodies.get(name) ?? bodyOf(named(name) as AnyStateMachine);
    bodies.set(name, body);
    return body;
  }

  function plainActor({ actor, stand, isKnown }: Member): PlainActor {
    const { id, src, sessionId, systemId, options } = actor;
    const logic = catalogue().nameOf(logics.originalOf(actor.logic)) ?? null;
    if (logic === null && !stand.isOver) {
      throw new Unnameable('unnamed-actor', `the logic of the actor "${id}" is code within code`);
    }
    return {
      session: sessionId,
      parent: parentOf(actor)?.sessionId ?? rootSession,
      id,
      src: typeof src === 'string' ? src : null,
      logic,
      systemId: systemId ?? null,
      isKnown,
      isSynced: isSynced(actor),
      isOver: stand.isOver,
      input: options.input,
      snapshot: stand.snapshot,
    };
  }

  function plainWish(wish: Wish): PlainWish {
    if (wish.kind === 'invocation') return { kind: wish.kind, session: wish.session };
    if (wish.kind !== 'action') return wish;
    const { run, ...action } = wish;
    const code = catalogue().nameOf(run);
    if (code === undefined) {
      throw new Unnameable('unnamed-action', `the action "${wish.name}" is code within code`);
    }
    return { ...action, code };
  }

  function wishOf(plain: PlainWish, actors: ReadonlyMap<Session, Actor>): Wish {
    if (plain.kind === 'action') {
      const { code, ...action } = plain;
      return { ...action, run: named(code) } as Wish;
    }
    if (plain.kind !== 'invocation') return plain;
    const actor = actors.get(plain.session);
    invariant(actor !== undefined, 'an effect belongs to an actor');
    return logics.invocationOf(actor, logics.originalOf(actor.logic));
  }

  /** All that there are, and those that are over as long as anybody has them. */
  function membersOf({ cast, root }: Standing, pending: Pending): readonly Member[] {
    const members = new Map<Session, Member>();
    const meet = (member: Member): void => {
      const { actor, stand } = member;
      const before = members.get(actor.sessionId);
      invariant(
        before === undefined || before.actor === actor,
        'each actor of an instance has a session of its own',
      );
      if (before !== undefined || actor.sessionId === rootSession) return;
      members.set(actor.sessionId, member);
      look([stand.snapshot, actor.options.input, parentOf(actor)]);
    };
    const look = (value: unknown): void =>
      void holds(value, (found) => {
        if (isActor(found)) meet({ actor: found, stand: standOf(found), isKnown: false });
        return false;
      });
    for (const member of cast?.members ?? []) meet(member);
    look([root, pending.timers, pending.effects]);
    return [...members.values()].toSorted((a, b) => numberOf(a.actor) - numberOf(b.actor));
  }

  function serialize({ standing, pending }: Whole): unknown {
    const { root, sessions } = standing;
    const { timers, scheduled } = pending;
    const whole: PlainInstance = {
      sessions,
      root,
      actors: membersOf(standing, pending).map(plainActor),
      timers,
      scheduled,
      effects: pending.effects.map((effect) => ({ ...effect, wish: plainWish(effect.wish) })),
    };
    return marked(whole, { self, nameOf: (one) => catalogue().nameOf(one) });
  }

  /** First of all: they may be anywhere in what the others have. */
  function actorsOf(plain: readonly PlainActor[]): Map<Session, Actor> {
    const actors = new Map<Session, Actor>();
    if (plain.length === 0) return actors;
    actors.set(rootSession, stage.revive({ logic: machine, session: rootSession, parent: null }));
    for (const { session, parent, id, src, logic, systemId, isKnown, isSynced: sync } of plain) {
      const actor = stage.revive({
        logic: logic === null ? null : (named(logic) as AnyActorLogic),
        session,
        parent: actors.get(parent) ?? null,
        id,
        ...(src === null ? {} : { src }),
        ...(isKnown && systemId !== null ? { systemId } : {}),
        syncSnapshot: sync,
      });
      actors.set(session, actor);
    }
    return actors;
  }

  function hydrate(serialized: unknown): Whole {
    const actors = actorsOf((serialized as PlainInstance).actors);
    const { sessions, root, timers, scheduled, ...plain } = unmarked(serialized, {
      actor: (session) => actors.get(session) ?? self,
      body: bodyNamed,
    }) as PlainInstance;

    const members = plain.actors.map((one): Member => {
      const actor = actors.get(one.session);
      invariant(actor !== undefined, 'each actor was put up');
      dress(actor, one.systemId ?? undefined, one.input);
      const { isOver, isKnown } = one;
      const { observers } = standOf(actor);
      const snapshot = one.snapshot as AnyMachineSnapshot;
      return { actor, stand: { snapshot, isOver, observers: isOver ? [] : observers }, isKnown };
    });
    const effects = plain.effects.map((effect) => ({
      ...effect,
      wish: wishOf(effect.wish, actors),
    }));
    const own = actors.get(rootSession);
    if (own !== undefined) {
      const stand = { ...standOf(own), snapshot: root };
      members.unshift({ actor: own, stand, isKnown: false });
    }
    const standing =
      own === undefined
        ? aloneAt(root, sessions)
        : standingOf(stage.perform({ members, sessions }, () => {}));
    const pending =
      scheduled === 0 && effects.length === 0 ? nothingPending : { timers, scheduled, effects };
    return { standing, pending };
  }

  return {
    serialize,
    hydrate,
    nameOf: (code: object) => catalogue().nameOf(code),
    find: (name: string) => catalogue().find(name),
  };
}

/** Each is younger than its parent. */
const numberOf = ({ sessionId }: Actor): number => Number(sessionId.slice('x:'.length));
