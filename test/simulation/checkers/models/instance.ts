/**
 * One instance of a replicated machine, as its clients see it: stepped by the engine that the
 * replicas use, but one event at a time and on one node.
 */
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

/** Null until the first event. */
type Instance = Snapshot | null;

/** The key alone tells instances apart: a history is that of one machine. */
export function instanceModel(
  machine: AnyStateMachine,
): Model<Instance, InstanceInput, InstanceOutput> {
  const engine = xstate5Engine(machine);
  const viewOf = (state: Instance): InstanceView | null =>
    state === null ? null : engine.view(state);

  const propose = (
    state: Instance,
    { event, input }: InstanceInput & { op: 'propose' },
    output: InstanceOutput | undefined,
  ): readonly [boolean, Instance] => {
    let stepped;
    try {
      stepped = engine.apply(state ?? engine.init(input).snapshot, event);
    } catch (thrown) {
      if (!(thrown instanceof MachineFailure)) throw thrown;
      // It is refused then, and all is as before. Whoever was told otherwise was told wrong.
      return [output === undefined, state];
    }
    const { accepted, snapshot } = stepped;
    const isTrue =
      output === undefined ||
      (output.accepted === accepted &&
        (output.view === null || isDeepStrictEqual(output.view, engine.view(snapshot))));
    return [isTrue, snapshot];
  };

  return {
    init: null,
    step(state, input, output) {
      if (input.op === 'propose') return propose(state, input, output);
      return [output === undefined || isDeepStrictEqual(output.view, viewOf(state)), state];
    },
    // Other than JSON it keeps apart whatever a context may hold: undefined, NaN, dates, maps.
    identity: (state) =>
      state === null ? '' : serialize(engine.serialize(state)).toString('latin1'),
    partition: ({ key }) => `instance "${key}"`,
    describe(input, output) {
      const answer = output === undefined ? '?' : brief(output.view);
      if (input.op === 'read') return `read "${input.key}": ${answer}`;
      const accepted = output?.accepted === false ? ', not accepted' : '';
      return `propose to "${input.key}" ${JSON.stringify(input.event)}: ${answer}${accepted}`;
    },
    describeState: (state) => brief(viewOf(state)),
  };
}

const brief = (view: InstanceView | null): string =>
  view === null ? 'none' : `${JSON.stringify(view.value)} ${JSON.stringify(view.context)}`;
