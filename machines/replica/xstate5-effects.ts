/**
 * The logic of actors as a replica steps it. Machines and pure reducers take their steps here
 * like everything else. Actors that are neither (promises, callbacks, observables, and logic of
 * the user's own that does something when it starts) only stand for what the leader runs: their
 * reducer is the real one, fed by what that run has to say; starting them is a wish, and so is
 * what other actors send to them.
 */
import type { AnyActorLogic, AnyActorScope, AnyStateMachine } from 'xstate';
import type { Said } from '../protocol/chore.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import type { Invocation } from './pending.ts';
import type { Findings } from './xstate5-findings.ts';
import type { Actor } from './xstate5-internals.ts';
import { forgetfulTransition, type Transition } from './xstate5-strangers.ts';

export const isStepped = (logic: AnyActorLogic): boolean =>
  typeof (logic as { start?: unknown }).start !== 'function' || isMachine(logic);

export const isMachine = (logic: unknown): logic is AnyStateMachine =>
  typeof logic === 'object' && logic !== null && 'idMap' in logic && 'root' in logic;

export type Logics = Readonly<{
  /** How it is stepped here. */
  of(logic: AnyActorLogic): AnyActorLogic;
  /** The user's own, of what is stepped here. */
  originalOf(stepped: AnyActorLogic): AnyActorLogic;
  /** What starting such an actor asks for. */
  invocationOf(actor: Actor, logic: AnyActorLogic): Invocation;
  /** Gives an actor that stands for an effect what that has said; `send` is to bring it there. */
  feed(actor: Actor, said: FedSaid, send: (event: MachineEvent) => void): void;
}>;

type FedSaid = Exclude<Said, { to: 'parent' }>;
type Snapshot = Readonly<{ status: string }>;
type Surroundings = Readonly<{ self: Actor }>;
type EffectLogic = AnyActorLogic & {
  getInitialSnapshot(scope: AnyActorScope, input: unknown): unknown;
};

export function logicsFor(findings: Findings): Logics {
  const known = new WeakMap<AnyActorLogic, AnyActorLogic>();
  const originals = new WeakMap<AnyActorLogic, AnyActorLogic>();
  /** The one that is being fed; what reaches all others was sent by an actor. */
  let fed: Actor | null = null;
  let failure: Readonly<{ error: unknown }> | null = null;

  function forgetful(machine: AnyStateMachine): AnyActorLogic {
    let transition: Transition | null = null;
    return extended(machine, {
      transition(...args: Parameters<Transition>) {
        transition ??= forgetfulTransition(machine);
        return transition(...args);
      },
    });
  }

  const inert = (logic: EffectLogic): AnyActorLogic =>
    extended(logic, {
      // What is private to a class is only found on what the class has made.
      getInitialSnapshot: logic.getInitialSnapshot.bind(logic),
      start: (_: unknown, { self }: Surroundings): void =>
        findings.change({ type: 'wish', wish: invocationOf(self, logic) }),
      transition(snapshot: Snapshot, event: MachineEvent, scope: Surroundings): unknown {
        const { self } = scope;
        if (event.type === 'xstate.stop') {
          return { ...snapshot, status: 'stopped', error: undefined };
        }
        if (self === fed) {
          fed = null;
          if (failure !== null) throw failure.error;
          return logic.transition(snapshot, event, scope as never);
        }
        findings.change({
          type: 'wish',
          wish: { kind: 'telling', session: self.sessionId, event },
        });
        return snapshot;
      },
    });

  return {
    of(logic) {
      const before = known.get(logic);
      if (before !== undefined) return before;
      const stepped = isMachine(logic) ? forgetful(logic) : isStepped(logic) ? logic : inert(logic);
      known.set(logic, stepped);
      originals.set(stepped, logic);
      return stepped;
    },
    invocationOf,
    originalOf: (stepped) => originals.get(stepped) ?? stepped,
    feed(actor, said, send) {
      fed = actor;
      failure = said.to === 'failure' ? { error: said.error } : null;
      try {
        send(said.to === 'failure' ? { type: 'quorate.failed' } : said.event);
      } finally {
        fed = null;
        failure = null;
      }
    },
  };
}

function invocationOf(actor: Actor, logic: AnyActorLogic): Invocation {
  const { id, src, sessionId, systemId, options } = actor;
  return {
    kind: 'invocation',
    session: sessionId,
    name: typeof src === 'string' ? src : '(inline)',
    actorId: id,
    systemId,
    logic,
    input: options.input,
  };
}

/** The same logic with other methods. */
const extended = (logic: AnyActorLogic, methods: object): AnyActorLogic =>
  Object.assign(Object.create(logic) as AnyActorLogic, methods);
