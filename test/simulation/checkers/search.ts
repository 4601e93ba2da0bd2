/**
 * Looks for an order in which one object, doing one operation at a time, would have given the
 * clients the answers that they got: Wing and Gong's search, with Lowe's memory of where it has
 * been ("Testing for linearizability", 2017).
 *
 * The events lie in a list. What is called in front of the first return may come next; placing it
 * lifts its call and its return out of the list. A return that comes first is that of an operation
 * which should have been placed by then: the latest placement was wrong, and goes back in.
 */
import { invariant } from '../../../machines/protocol/invariant.ts';
import { bitsFor, createConfigurations, flip } from './configurations.ts';
import type { Operation } from './history.ts';
import type { Meter } from './meter.ts';
import type { Model } from './model.ts';

export type Found<Input, Output> =
  | Readonly<{ end: 'order'; order: readonly Operation<Input, Output>[] }>
  | (Readonly<{ end: 'none' }> & Obstacle<Input, Output>)
  | Readonly<{ end: 'unfinished' }>;

/** The return that no order gets past, and the longest order that comes as far. */
export type Obstacle<Input, Output> = Readonly<{
  prefix: readonly Operation<Input, Output>[];
  stuck: Operation<Input, Output>;
}>;

/** Takes operations in order of their calls. */
export function search<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  meter: Meter,
): Found<Input, Output> {
  const events = listEvents(operations);
  const transitions = createTransitions(model, operations);
  const seen = createConfigurations(operations.length);
  const placed = bitsFor(operations.length);
  const order: Placement[] = [];
  let obstacle: Readonly<{ order: readonly Placement[]; stuck: number }> | null = null;

  const returns = (at: number): boolean => operationAt(operations, at).returnedAt !== Infinity;
  let toReturn = operations.filter(({ returnedAt }) => returnedAt !== Infinity).length;
  // Those that never return need not be placed at all.
  const isDone = (): boolean => toReturn === 0;
  let state = 0;

  const place = (at: number): boolean => {
    const to = transitions.step(state, at);
    if (to === impossible) return false;
    // What may as well never happen, and changes nothing, need not be tried here.
    if (to === state && !returns(at)) return false;
    flip(placed, at);
    if (!seen.add(placed, to)) {
      flip(placed, at);
      return false;
    }
    order.push({ at, from: state });
    state = to;
    events.lift(at);
    if (returns(at)) toReturn -= 1;
    return true;
  };

  /** Which operation was last placed, and is not any more. */
  const takeBack = (): number | null => {
    const latest = order.pop();
    if (latest === undefined) return null;
    flip(placed, latest.at);
    state = latest.from;
    events.unlift(latest.at);
    if (returns(latest.at)) toReturn += 1;
    return latest.at;
  };

  const isFurther = (stuck: number): boolean => {
    if (obstacle === null) return true;
    const ahead =
      operationAt(operations, stuck).returnedAt -
      operationAt(operations, obstacle.stuck).returnedAt;
    return ahead > 0 || (ahead === 0 && order.length > obstacle.order.length);
  };
  const inOrder = (placements: readonly Placement[]) =>
    placements.map(({ at }) => operationAt(operations, at));

  let event = events.first();
  while (!isDone()) {
    invariant(event !== endOfList, 'what is not placed has its return in the list');
    const at = operationOf(event);
    if (isCall(event)) {
      if (!meter.spend()) return { end: 'unfinished' };
      event = place(at) ? events.first() : events.after(event);
      continue;
    }
    if (isFurther(at)) obstacle = { order: [...order], stuck: at };
    const back = takeBack();
    if (back === null) {
      invariant(obstacle !== null, 'a search that gives up has met an obstacle');
      const stuck = operationAt(operations, obstacle.stuck);
      return { end: 'none', prefix: inOrder(obstacle.order), stuck };
    }
    event = events.after(callOf(back));
  }
  return { end: 'order', order: inOrder(order) };
}

/** `at` counts the operations; `from` is the state before this one. */
type Placement = Readonly<{ at: number; from: number }>;

const operationAt = <Input, Output>(
  operations: readonly Operation<Input, Output>[],
  at: number,
): Operation<Input, Output> => {
  const operation = operations[at];
  invariant(operation !== undefined, 'only operations of this history are placed');
  return operation;
};

/** Event 0 is both ends of the list; calls are odd, and a return follows its call in number. */
const endOfList = 0;
const callOf = (at: number): number => 2 * at + 1;
const returnOf = (at: number): number => 2 * at + 2;
const operationOf = (event: number): number => (event - 1) >>> 1;
const isCall = (event: number): boolean => (event & 1) === 1;

/** The events in order, linked both ways, so that what was lifted last can go back in place. */
function listEvents(operations: readonly Operation<unknown, unknown>[]) {
  const next = new Int32Array(2 * operations.length + 1);
  const previous = new Int32Array(2 * operations.length + 1);
  const hasReturn = (at: number): boolean => operations[at]?.returnedAt !== Infinity;

  const inOrder = operations
    .flatMap(({ calledAt, returnedAt }, at) => [
      { event: callOf(at), when: calledAt },
      { event: returnOf(at), when: returnedAt },
    ])
    .filter(({ when }) => when !== Infinity)
    .toSorted((a, b) => a.when - b.when);
  let last = endOfList;
  for (const { event } of inOrder) {
    next[last] = event;
    previous[event] = last;
    last = event;
  }
  previous[endOfList] = last;

  const unlink = (event: number): void => {
    const [before = 0, behind = 0] = [previous[event], next[event]];
    next[before] = behind;
    previous[behind] = before;
  };
  const relink = (event: number): void => {
    next[previous[event] ?? 0] = event;
    previous[next[event] ?? 0] = event;
  };
  return {
    first: (): number => next[endOfList] ?? endOfList,
    after: (event: number): number => next[event] ?? endOfList,
    lift(at: number): void {
      unlink(callOf(at));
      if (hasReturn(at)) unlink(returnOf(at));
    },
    /** In the reverse order of the lifting. */
    unlift(at: number): void {
      if (hasReturn(at)) relink(returnOf(at));
      relink(callOf(at));
    },
  };
}

const impossible = -1;

/** States by number, the first being 0. Each step is asked of the model once: it may be a slow one. */
function createTransitions<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
) {
  const states: State[] = [];
  const numbers = new Map<string | number, number>();
  const known = new Map<number, number>();

  const numberOf = (state: State): number => {
    const identity = model.identity(state);
    const number = numbers.get(identity);
    if (number !== undefined) return number;
    numbers.set(identity, states.length);
    return states.push(state) - 1;
  };
  numberOf(model.init);

  return {
    /** Where the operation leads from a state, or `impossible`. */
    step(from: number, at: number): number {
      const question = from * operations.length + at;
      const answer = known.get(question);
      if (answer !== undefined) return answer;
      const { input, output } = operationAt(operations, at);
      const [ok, next] = model.step(states[from] as State, input, output);
      const to = ok ? numberOf(next) : impossible;
      known.set(question, to);
      return to;
    },
  };
}
