/**
 * Runs one node chart. Everything that arrives in one turn of the event loop is heard in that
 * turn, one event after the other; the wishes of each leave together once the chart has settled,
 * or not at all; what they send and write goes out once, when the turn is over.
 */
import { createActor, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import type { Effect } from '../machines/protocol/effects.ts';
import type { NodeEvent, Unstamped } from '../machines/protocol/events.ts';
import { nodeMachine } from '../machines/node.ts';
import { peerMachine } from '../machines/peer.ts';
import type { NodeInput } from '../machines/rules/node-state.ts';
import type { Clock } from './clock.ts';

export type Stimulus = Unstamped<NodeEvent>;
export type NodeActor = ActorRefFrom<typeof nodeMachine>;
export type NodeSnapshot = SnapshotFrom<typeof nodeMachine>;

type Surroundings = Readonly<{
  clock: Clock;
  carryOut: (wish: Effect) => void;
  /** What our own clients asked for since the last turn. */
  gather: () => readonly Stimulus[];
  /** The turn is over: send what was wished to be sent, write what was wished to be written. */
  turnOver: () => void;
  /** The chart or an effect threw: a bug of ours. The node must say nothing more. */
  broken: (cause: unknown) => void;
}>;

export type Host = Readonly<{
  actor: NodeActor;
  start(): void;
  /** Heard in this turn of the event loop, after what came before it. */
  deliver(event: Stimulus): void;
  /** Does this within a turn of its own, so that what it delivers and wishes leaves with it. */
  turn(work: () => void): void;
  /** Makes sure that a turn comes, in which `gather` is called. */
  awake(): void;
  stop(): void;
}>;

export function hostNode(input: NodeInput, around: Surroundings): Host {
  const { clock, carryOut, gather, turnOver, broken } = around;
  let wishes: Effect[] = [];
  let waiting: Stimulus[] = [];
  let phase: 'asleep' | 'woken' | 'inTurn' | 'stopped' = 'asleep';

  const settle = (stimulus: () => void): void => {
    stimulus();
    const batch = wishes;
    wishes = [];
    // A chart that threw has promised nothing.
    if (actor.getSnapshot().status === 'active') batch.forEach(carryOut);
  };

  const hearAll = (): void => {
    // Carrying out wishes may deliver more, such as what has just been applied.
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      const stamped = { ...event, nowMs: clock.nowMs() } as NodeEvent;
      settle(() => actor.send(stamped));
    }
  };

  /** Everything that touches the chart passes here, so that nothing is sent or written half-way. */
  const turn = (first: () => void): void => {
    if (phase === 'stopped') return;
    phase = 'inTurn';
    try {
      first();
      hearAll();
      // A chart that broke on the way has stopped us: nothing more is taken in or sent out.
      if (!isInTurn()) return;
      waiting.push(...gather());
      hearAll();
      if (!isInTurn()) return;
      turnOver();
    } catch (cause) {
      stop();
      broken(cause);
      return;
    }
    // A step that stopped us must not be undone here.
    if (!isInTurn()) return;
    phase = 'asleep';
    if (waiting.length > 0) awake();
  };
  const isInTurn = (): boolean => phase === 'inTurn';

  const request = (_: unknown, wish: Effect): void => void wishes.push(wish);
  const actor: NodeActor = createActor(
    nodeMachine.provide({
      actions: { request },
      actors: { peer: peerMachine.provide({ actions: { request } }) },
    }),
    {
      id: input.self,
      input,
      clock: {
        setTimeout: (ring: () => void, delayMs: number) =>
          clock.setTimeout(() => turn(() => settle(ring)), delayMs),
        clearTimeout: (alarm: unknown) => clock.clearTimeout(alarm),
      },
    },
  );
  actor.subscribe({
    error: (cause) => {
      stop();
      broken(cause);
    },
  });

  const awake = (): void => {
    if (phase !== 'asleep') return;
    phase = 'woken';
    clock.soon(() => turn(() => {}));
  };
  const stop = (): void => {
    if (phase === 'stopped') return;
    phase = 'stopped';
    waiting = [];
    actor.stop();
  };

  return {
    actor,
    start: () => turn(() => settle(() => actor.start())),
    deliver(event) {
      if (phase === 'stopped') return;
      waiting.push(event);
      awake();
    },
    turn,
    awake,
    stop,
  };
}
