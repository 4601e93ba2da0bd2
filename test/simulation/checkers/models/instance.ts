/** One instance of a replicated machine, as its clients see it: one event at a time, on one node. */
import { isDeepStrictEqual } from 'node:util';
import { serialize } from 'node:v8';
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../../../machines/protocol/entry.ts';
import type { InstanceView } from '../../../../machines/protocol/outcome.ts';
import { MachineFailure, type Snapshot } from '../../../../machines/replica/engine.ts';
import { xstate5Engine } from '../../../../machines/replica/xstate5-engine.ts';
import type { Model } from '../model.ts';

export type InstanceInput =
  /** The machine's own `input` counts where this is the first event that the instance takes. */
  | Readonly<{ op: 'propose'; key: string; event: MachineEvent; input?: unknown }>
  | Readonly<{ op: 'read'; key: string }>;

/**
 * What was committed, or read. A proposal's view is null where it is no longer kept, a read's
 * where the instance has not begun. (A refused proposal is `refused` in the history.)
 */
export type InstanceOutput = Readonly<{ accepted?: boolean; view: InstanceView | null }>;

/** How a machine goes from event to event. */
export type Stepping<State> = Readonly<{
  /**
   * From null it begins, with the input. `accepted` is false where the machine has no transition
   * for the event; null: it fails.
   */
  take(
    from: State | null,
    event: MachineEvent,
    input: unknown,
  ): Readonly<{ accepted: boolean; state: State }> | null;
  view(state: State): InstanceView;
  /** Never the same for two states that differ. */
  identity(state: State): string;
}>;

/** Stepped by the engine that the replicas use, where it is not the engine that is in question. */
export const instanceModel = (machine: AnyStateMachine) => steppedModel(byEngine(machine));

/** Null until the first event. The key alone tells instances apart: a history is of one machine. */
export function steppedModel<State>({
  take,
  view: viewOf,
  identity,
}: Stepping<State>): Model<State | null, InstanceInput, InstanceOutput> {
  const propose = (
    from: State | null,
    { event, input }: InstanceInput & { op: 'propose' },
    output: InstanceOutput | undefined,
  ): readonly [boolean, State | null] => {
    const taken = take(from, event, input);
    // It is refused then, and all is as before. Whoever was told otherwise was told wrong.
    if (taken === null) return [output === undefined, from];
    const { accepted, state } = taken;
    const isTrue =
      output === undefined ||
      (output.accepted === accepted &&
        (output.view === null || isDeepStrictEqual(output.view, viewOf(state))));
    return [isTrue, state];
  };
  const seen = (state: State | null): InstanceView | null =>
    state === null ? null : viewOf(state);

  return {
    init: null,
    step(state, input, output) {
      if (input.op === 'propose') return propose(state, input, output);
      return [output === undefined || isDeepStrictEqual(output.view, seen(state)), state];
    },
    identity: (state) => (state === null ? '' : identity(state)),
    partition: ({ key }) => `instance "${key}"`,
    describe(input, output) {
      const answer = output === undefined ? '?' : brief(output.view);
      if (input.op === 'read') return `read "${input.key}": ${answer}`;
      const accepted = output?.accepted === false ? ', not accepted' : '';
      return `propose to "${input.key}" ${JSON.stringify(input.event)}: ${answer}${accepted}`;
    },
    describeState: (state) => brief(seen(state)),
  };
}

function byEngine(machine: AnyStateMachine): Stepping<Snapshot> {
  const engine = xstate5Engine(machine);
  return {
    take(from, event, input) {
      try {
        const { accepted, snapshot } = engine.apply(from ?? engine.init(input).snapshot, event);
        return { accepted, state: snapshot };
      } catch (thrown) {
        if (!(thrown instanceof MachineFailure)) throw thrown;
        return null;
      }
    },
    view: (state) => engine.view(state),
    // Other than JSON it keeps apart whatever a context may hold: undefined, NaN, dates, maps.
    identity: (state) => serialize(engine.serialize(state)).toString('latin1'),
  };
}

const brief = (view: InstanceView | null): string =>
  view === null ? 'none' : `${JSON.stringify(view.value)} ${JSON.stringify(view.context)}`;
