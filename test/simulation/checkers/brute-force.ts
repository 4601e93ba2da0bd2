/** The meaning of the word, without any cleverness: is there an order, among all that there are? */
import { type History, type Operation, operationsOf } from './history.ts';
import type { Model } from './model.ts';

/** For a handful of operations: it tries every order of every choice of what never returned. */
export function isLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: History<Input, Output>,
): boolean {
  const operations = operationsOf(history);
  const returned = operations.filter(({ output }) => output !== undefined);
  const unknown = operations.filter(({ output }) => output === undefined);
  return choices(unknown).some((happened) =>
    someOrder([...returned, ...happened], [], (order) => explains(model, order)),
  );
}

/** Whether the operations, one after another, keep to the clock and get the answers that they got. */
export function explains<State, Input, Output>(
  model: Model<State, Input, Output>,
  order: readonly Operation<Input, Output>[],
): boolean {
  let state = model.init;
  let calledLast = -1;
  for (const { calledAt, returnedAt, input, output } of order) {
    // Something in front of it was called when it had returned already.
    if (returnedAt < calledLast) return false;
    calledLast = Math.max(calledLast, calledAt);
    const [ok, next] = model.step(state, input, output);
    if (!ok) return false;
    state = next;
  }
  return true;
}

function choices<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return choices(rest).flatMap((choice) => [choice, [first, ...choice]]);
}

function someOrder<Item>(
  left: readonly Item[],
  order: readonly Item[],
  fits: (order: readonly Item[]) => boolean,
): boolean {
  if (left.length === 0) return fits(order);
  return left.some((item) =>
    someOrder(
      left.filter((other) => other !== item),
      [...order, item],
      fits,
    ),
  );
}
