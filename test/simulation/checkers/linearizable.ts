/**
 * Judges whether a history is linearizable: whether every operation can be thought to have
 * happened at one moment between its call and its return.
 *
 *   given    a model of the object, what the clients saw, and a budget
 *   answers  legal, with an order that proves it; illegal, with how far an order gets; or undecided
 *   never    guesses: where the budget is spent, there is no verdict
 */
import { type History, type Operation, operationsOf } from './history.ts';
import { type Budget, createMeter } from './meter.ts';
import type { Model } from './model.ts';
import { reportOf } from './report.ts';
import { type Obstacle, search } from './search.ts';

export type Verdict<Input, Output> = Readonly<{ steps: number }> &
  (
    | Readonly<{
        verdict: 'legal';
        /** By partition. What never returned is in it only where something else needs it. */
        orders: ReadonlyMap<string, readonly Operation<Input, Output>[]>;
      }>
    | (Readonly<{ verdict: 'illegal'; partition: string; report: string }> &
        Obstacle<Input, Output>)
    | Readonly<{ verdict: 'undecided'; spent: 'steps' | 'time'; partition: string }>
  );

export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: History<Input, Output>,
  budget: Budget = {},
): Verdict<Input, Output> {
  const meter = createMeter(budget);
  const orders = new Map<string, readonly Operation<Input, Output>[]>();

  for (const [partition, operations] of partitionsOf(model, operationsOf(history))) {
    const found = search(model, operations, meter);
    const { steps } = meter;
    switch (found.end) {
      case 'order':
        orders.set(partition, found.order);
        break;
      case 'none': {
        const { prefix, stuck } = found;
        const report = reportOf(model, partition, operations, found);
        return { verdict: 'illegal', partition, prefix, stuck, report, steps };
      }
      case 'unfinished':
        // What is left is larger still.
        return { verdict: 'undecided', spent: meter.exhausted ?? 'steps', partition, steps };
    }
  }
  return { verdict: 'legal', orders, steps: meter.steps };
}

/** Small ones first: one that exhausts the budget must not hide what the others would show. */
function partitionsOf<State, Input, Output>(
  { partition = () => '' }: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): (readonly [string, readonly Operation<Input, Output>[]])[] {
  const byName = new Map<string, Operation<Input, Output>[]>();
  for (const operation of operations) {
    const name = partition(operation.input);
    const members = byName.get(name);
    if (members === undefined) byName.set(name, [operation]);
    else members.push(operation);
  }
  return [...byName].toSorted(([, a], [, b]) => a.length - b.length);
}
