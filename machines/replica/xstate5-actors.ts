/**
 * An instance whose chart has children, or looks at actors, takes its steps among real XState
 * actors, so that it does all that it would do alone.
 *
 * Between steps an instance is a plain list of its actors and where they stand, which is
 * immutable. A step begins by putting them back where the list says, so that one which fails
 * leaves nothing behind.
 */
import {
  createActor,
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
} from 'xstate';
import type { Said } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import { invariant } from '../protocol/invariant.ts';
import { rootSession, type Session } from './pending.ts';
import type { Logics } from './xstate5-effects.ts';
import type { Findings } from './xstate5-findings.ts';
import {
  type Actor,
  parentOf,
  putBack,
  snapshotOf,
  type Stand,
  standOf,
  standsAt,
} from './xstate5-internals.ts';
import { holds, replaced } from './xstate5-references.ts';
import { standInSystem } from './xstate5-system.ts';

export type Member = Readonly<{
  actor: Actor;
  stand: Stand;
  /** Whether its `systemId` leads to it. */
  isKnown: boolean;
}>;

/**
 * All actors of one instance at rest, the machine's own first. Of those that are over, the ones
 * that are still somebody's child, or in somebody's context.
 */
export type Cast = Readonly<{ members: readonly Member[]; sessions: number }>;

/** What an actor was made with. */
export type Role = Readonly<{
  /** Null where it takes no steps any more. */
  logic: AnyActorLogic | null;
  session: Session;
  /** Null for the machine's own. */
  parent: Actor | null;
  id?: string;
  src?: string;
  systemId?: string;
  syncSnapshot?: boolean;
  input?: unknown;
}>;

export type Stage = Readonly<{
  /** Begins an instance. */
  open(input: unknown): Cast;
  /** The machine's own actor, where it was not needed so far. */
  assemble(snapshot: AnyMachineSnapshot, sessions: number): Cast;
  /** Steps as `act` says, and gives what it came to: the same cast if nobody moved. */
  perform(cast: Cast, act: (on: OnStage) => void): Cast;
  /** Puts an actor up again that was there before. Where it stands is told later. */
  revive(role: Role): Actor;
}>;

export type OnStage = Readonly<{
  send(to: Session, event: MachineEvent): void;
  /** An effect of that actor has something to say. */
  hear(session: Session, said: Said): void;
}>;

type World = Readonly<{ findings: Findings; logics: Logics; self: object }>;

export function stageFor(machine: AnyStateMachine, { findings, logics, self }: World): Stage {
  const system = standInSystem(findings, logics, self);
  const { above, living, keyed } = system;

  function clear(sessions: number): void {
    living.clear();
    keyed.clear();
    system.sessions = sessions;
  }

  function load({ members, sessions }: Cast): Actor {
    clear(sessions);
    for (const { actor, stand, isKnown } of members) {
      putBack(actor, stand);
      if (!stand.isOver) living.set(actor.sessionId, actor);
      if (isKnown && actor.systemId !== undefined) keyed.set(actor.systemId, actor);
    }
    const root = members[0]?.actor;
    invariant(root !== undefined, 'an instance has its own actor');
    findings.root = root;
    return root;
  }

  function rest(root: Actor, before: Cast | null): Cast {
    const actors = new Set([root, ...living.values()]);
    const isOver = snapshotOf(root).status !== 'active';
    for (const actor of actors) {
      // Like an actor that has stopped, one that is over has no children any more.
      if (isOver && actor === root) continue;
      for (const child of childrenOf(actor)) actors.add(child);
    }
    addKept(actors, [...membersOf(before), ...childrenOf(root)]);
    const { sessions } = system;
    if (before?.sessions === sessions && before.members.length === actors.size) {
      const stands = ({ actor, stand, isKnown }: Member) =>
        actors.has(actor) && standsAt(actor, stand) && knows(actor) === isKnown;
      if (before.members.every(stands)) return before;
    }
    return { members: [...actors].map(memberOf), sessions };
  }

  const knows = (actor: Actor): boolean =>
    actor.systemId !== undefined && keyed.get(actor.systemId) === actor;

  const memberOf = (actor: Actor): Member => ({
    actor,
    stand: standOf(actor),
    isKnown: knows(actor),
  });

  const create = (logic: AnyActorLogic, options: object): Actor =>
    createActor(logic, { parent: above as never, ...options }) as unknown as Actor;

  function revive({ logic, session, parent, ...options }: Role): Actor {
    system.isMute = true;
    try {
      system.sessions = Number(session.slice('x:'.length));
      const actor = create(asItWas as unknown as AnyActorLogic, {
        ...options,
        parent: parent ?? above,
        snapshot: { status: 'active' },
      });
      actor.start();
      if (logic !== null) system.follow(actor, logic);
      return actor;
    } finally {
      system.isMute = false;
    }
  }

  /** With the actor itself instead of what stood for it while it was not there. */
  function present<Value>(value: Value, own: Actor): Value {
    const isMeant = (found: object): boolean => found === self;
    return replaced(value, isMeant, () => own) as Value;
  }

  return {
    open(input) {
      clear(0);
      const root = create(machine, { input });
      root.start();
      return rest(root, null);
    },
    assemble(snapshot, sessions) {
      const actor = revive({ logic: machine, session: rootSession, parent: null });
      const context = present(snapshot.context, actor);
      const stands = context === snapshot.context ? snapshot : { ...snapshot, context };
      const stand = { ...standOf(actor), snapshot: stands };
      return { members: [{ actor, stand, isKnown: false }], sessions };
    },
    perform(cast, act) {
      const root = load(cast);
      act({
        send(to, event) {
          const target = living.get(to);
          if (target !== undefined) system.relay(target, present(event, root));
        },
        hear(session, said) {
          const actor = living.get(session);
          const parent = actor === undefined ? undefined : parentOf(actor);
          if (actor === undefined || parent === undefined) return;
          if (said.to === 'parent') system.relay(parent, said.event);
          else logics.feed(actor, said, (event) => system.relay(actor, event));
        },
      });
      return rest(root, cast);
    },
    revive,
  };
}

const membersOf = (cast: Cast | null): readonly Actor[] =>
  cast === null ? [] : cast.members.map(({ actor }) => actor);

/** Of those that were there, the ones that somebody still has. */
function addKept(actors: Set<Actor>, known: readonly Actor[]): void {
  const gone = new Set<object>();
  for (const actor of known) if (!actors.has(actor)) gone.add(actor);
  if (gone.size === 0) return;
  for (const actor of actors) {
    holds(snapshotOf(actor).context, (found) => {
      if (gone.has(found)) actors.add(found as Actor);
      return false;
    });
  }
}

/** Those that have ended as well: their parent may look at them until it lets them go. */
function childrenOf(actor: Actor): readonly Actor[] {
  const snapshot = snapshotOf(actor);
  if (!('machine' in snapshot)) return [];
  return Object.values(snapshot.children).filter((child) => child !== undefined) as Actor[];
}

/** Stands in for the logic of an actor until it is there again: no step is taken for that. */
const asItWas = {
  getInitialSnapshot: (): never => {
    throw new Error('an actor is put up again as it was');
  },
  restoreSnapshot: (snapshot: unknown) => snapshot,
  transition: (snapshot: unknown) => snapshot,
  getPersistedSnapshot: (snapshot: unknown) => snapshot,
};
