/**
 * XState 5 behind the engine's interface.
 *
 * Most steps need no actor: the machine's own reducer takes them in surroundings that carry out
 * nothing (`xstate5-scope.ts`). A step that looks at an actor is taken again among real ones
 * (`xstate5-actors.ts`), and so are the steps of every instance that has children.
 */
import type { AnyMachineSnapshot, AnyStateMachine, StateValue } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { unreachable } from '../protocol/invariant.ts';
import { limits } from '../protocol/limits.ts';
import type { InstanceView } from '../protocol/outcome.ts';
import {
  type Engine,
  MachineFailure,
  reasonOf,
  type Snapshot,
  type Stepped,
  type Stimulus,
  Unnameable,
} from './engine.ts';
import { nothingPending, type Pending, rootSession } from './pending.ts';
import { type Cast, type OnStage, stageFor } from './xstate5-actors.ts';
import { activeStates, chartOf, offersOf } from './xstate5-chart.ts';
import { describeMachine } from './xstate5-definition.ts';
import { logicsFor } from './xstate5-effects.ts';
import { explanationOf } from './xstate5-explain.ts';
import { Findings, type Microstep } from './xstate5-findings.ts';
import { insideOf } from './xstate5-inside.ts';
import { isActor } from './xstate5-internals.ts';
import { holds } from './xstate5-references.ts';
import { type PlainInstance, plainly } from './xstate5-plain.ts';
import { postsOf } from './xstate5-posts.ts';
import { inertScope } from './xstate5-scope.ts';
import { shown } from './xstate5-shown.ts';
import { type Body, bodyOf } from './xstate5-snapshot.ts';
import { carriedOver, carriedOverAlone, endingWith, isAlone } from './xstate5-upgrade.ts';
import { aloneAt, rootIn, type Standing, standingOf } from './xstate5-standing.ts';
import { forgetfulTransition } from './xstate5-strangers.ts';

type Options = Readonly<{ microstepsPerEventMax?: number }>;

export function xstate5Engine(machine: AnyStateMachine, options: Options = {}): Engine {
  const findings = new Findings(options.microstepsPerEventMax ?? limits.microstepsPerEventMax);
  const scope = inertScope(findings);
  const logics = logicsFor(findings);
  const stage = stageFor(machine, { findings, logics, self: scope.self });
  const plain = plainly(machine, { stage, logics, self: scope.self });
  const transition = forgetfulTransition(machine);
  const body = bodyOf(machine);

  const failureOf = (thrown: unknown): MachineFailure =>
    new MachineFailure(findings.forbidden ?? reasonOf(thrown), { cause: thrown });

  /** What a step comes to, alone or among actors: void, where it failed in whatever way. */
  function settled(root: AnyMachineSnapshot): AnyMachineSnapshot {
    if (findings.forbidden !== null || root.status === 'error') throw failureOf(root.error);
    return root;
  }

  /** Null where it looks at actors: it must be taken among them. */
  function alone(step: () => AnyMachineSnapshot): AnyMachineSnapshot | null {
    let root: AnyMachineSnapshot;
    findings.begin();
    try {
      root = step();
    } catch (thrown) {
      if (findings.needsActors) return null;
      throw failureOf(thrown);
    } finally {
      findings.end();
    }
    // User code may have hushed it up.
    return findings.needsActors ? null : settled(root);
  }

  function together(step: () => Cast): Standing {
    let cast: Cast;
    findings.begin();
    try {
      cast = step();
    } catch (thrown) {
      throw failureOf(thrown);
    } finally {
      findings.end();
    }
    settled(rootIn(cast));
    return standingOf(cast);
  }

  const castOf = ({ root, cast, sessions }: Standing): Cast =>
    cast ?? stage.assemble(root, sessions);

  const amongActors = (from: Standing, act: (on: OnStage) => void): Stepped =>
    told(
      from,
      together(() => stage.perform(castOf(from), act)),
    );

  /** What has not moved at all is the same snapshot. */
  function told(from: Standing, to: Standing): Stepped {
    const { accepted, emitted, logged, changes } = findings;
    const hasMoved =
      accepted || changes.length > 0 || to.root !== from.root || to.cast !== from.cast;
    return hasMoved ? { snapshot: seal(to), accepted, emitted, logged, changes } : unmoved(from);
  }

  function apply(snapshot: Snapshot, event: MachineEvent): Stepped {
    const from = open(snapshot);
    // XState would let a machine that is done move on.
    if (from.root.status !== 'active') return unmoved(from);
    if (from.cast === null) {
      const root = alone(() => transition(from.root, event, scope));
      if (root === from.root && !findings.accepted) return unmoved(from);
      if (root !== null) return told(from, aloneAt(root, from.sessions));
    }
    return amongActors(from, ({ send }) => send(rootSession, event));
  }

  /** What was heard of a step by the time it was taken, or failed. */
  function taped(step: () => void): readonly Microstep[] {
    let tape: readonly Microstep[] | null = null;
    findings.tape = [];
    try {
      step();
    } catch (thrown) {
      if (!(thrown instanceof MachineFailure)) throw thrown;
    } finally {
      ({ tape } = findings);
      findings.tape = null;
    }
    return tape ?? [];
  }

  function hydrate(serialized: unknown): ReturnType<Engine['hydrate']> {
    findings.begin();
    try {
      const { standing, pending } = plain.hydrate(serialized);
      return { snapshot: seal(standing), pending };
    } finally {
      findings.end();
    }
  }

  const engine: Engine = {
    init(input) {
      const root = alone(() => machine.getInitialSnapshot(scope, input));
      const standing = root === null ? together(() => stage.open(input)) : aloneAt(root, 1);
      const { emitted, logged, changes } = findings;
      return { snapshot: seal(standing), emitted, logged, changes };
    },

    apply,

    fire(snapshot, { to, event }) {
      const from = open(snapshot);
      if (from.root.status !== 'active') return unmoved(from);
      // An event that it sent itself may bring an actor along.
      if (from.cast === null && !holds(event, isActor)) {
        return to === rootSession ? apply(snapshot, event) : unmoved(from);
      }
      return amongActors(from, ({ send }) => send(to, event));
    },

    hear(snapshot, session, said) {
      const from = open(snapshot);
      if (from.root.status !== 'active' || from.cast === null) return unmoved(from);
      return amongActors(from, ({ hear }) => hear(session, said));
    },

    broken(snapshot, failure) {
      const { root, cast, sessions } = open(snapshot);
      const error = { name: 'Error', message: failure.message };
      const ended = { ...root, status: 'error', error, children: {} } as const;
      const kept = holds(root.context, isActor) ? cast : null;
      return { ...unmoved({ root: ended, cast: kept, sessions }), accepted: true };
    },

    view(snapshot): InstanceView {
      const { root, cast } = open(snapshot);
      const { status, value, output, error } = root;
      // Whoever had an actor in hand could send to it, past the log.
      const context: unknown = cast === null ? root.context : shown(root.context);
      const view = { status, value, context };
      if (error !== undefined) return { ...view, error };
      return output === undefined ? view : { ...view, output };
    },

    inside: (snapshot) => insideOf(open(snapshot)),

    serialize: (snapshot, pending = nothingPending) =>
      plain.serialize({ standing: open(snapshot), pending }),
    hydrate,

    upgrade(from, { snapshot, pending }, migrate) {
      const { root, cast, sessions } = open(snapshot);
      if (cast === null && isAlone(root, pending.timers)) {
        const { root: now, changes } = carriedOverAlone(body, from, root, migrate);
        return { snapshot: seal(aloneAt(now, sessions)), timers: pending.timers, changes };
      }
      // Effects stay what they are: what was asked for is done, in the words of whoever did so.
      const before = toldBy(from, snapshot, { ...pending, effects: [] });
      const to = { body, find: plain.find };
      const { plain: carried, changes } = carriedOver(to, from, before, migrate);
      const { snapshot: now, pending: waiting } = hydrate(carried);
      return { snapshot: now, timers: waiting.timers, changes };
    },
    endingWith: (state) => endingWith(body, state),
    posts: (snapshot) => postsOf(open(snapshot)),
    chart: () => chartOf(machine),
    active: (snapshot) => activeStates(open(snapshot).root),
    explain(snapshot, stimulus) {
      const { root } = open(snapshot);
      const steps = taped(() => retake(engine, snapshot, stimulus));
      return explanationOf(root, heardByItself(stimulus), steps);
    },
    recall: (view) => recalled(body, view),
    offers: (snapshot) => offersOf(open(snapshot).root),
    placeOf: (code) => plain.nameOf(code),
    has: (place) => plain.find(place) !== undefined,
    describe: () => describeMachine(machine),
  };
  return engine;
}

function recalled({ machine, nodes }: Body, view: InstanceView): Snapshot | null {
  const remembers = [...nodes.values()].some(({ type }) => type === 'history');
  if (remembers || view.status !== 'active') return null;
  const { value, context } = view as { value: StateValue; context: AnyMachineSnapshot['context'] };
  return seal(aloneAt(machine.resolveState({ value, context }), 1));
}

function retake(engine: Engine, snapshot: Snapshot, stimulus: Stimulus): void {
  switch (stimulus.type) {
    case 'event':
      return void engine.apply(snapshot, stimulus.event);
    case 'timer':
      return void engine.fire(snapshot, stimulus.delayed);
    case 'said':
      return void engine.hear(snapshot, stimulus.session, stimulus.said);
    default:
      return unreachable(stimulus);
  }
}

/** Null where another of its actors heard it. */
function heardByItself(stimulus: Stimulus): MachineEvent | null {
  if (stimulus.type === 'event') return stimulus.event;
  if (stimulus.type === 'said') return null;
  return stimulus.delayed.to === rootSession ? stimulus.delayed.event : null;
}

/** Throws {@link MachineFailure} where it cannot be told. */
function toldBy(engine: Engine, snapshot: Snapshot, pending: Pending): PlainInstance {
  try {
    return engine.serialize(snapshot, pending) as PlainInstance;
  } catch (thrown) {
    if (thrown instanceof Unnameable) throw new MachineFailure(thrown.message, { cause: thrown });
    throw thrown;
  }
}

const nothing: readonly never[] = Object.freeze([]);
const unmoved = (standing: Standing): Stepped => ({
  snapshot: seal(standing),
  accepted: false,
  emitted: nothing,
  logged: nothing,
  changes: nothing,
});

const seal = (standing: Standing): Snapshot => standing as unknown as Snapshot;
const open = (snapshot: Snapshot): Standing => snapshot as unknown as Standing;
