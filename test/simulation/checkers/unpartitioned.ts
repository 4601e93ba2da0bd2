/** A model of all partitions at once: slower, and without the claim that they are independent. */
import type { Model } from './model.ts';

export function unpartitioned<State, Input, Output>(
  model: Model<State, Input, Output>,
): Model<ReadonlyMap<string, State>, Input, Output> {
  const { partition = () => '' } = model;
  const parts = (states: ReadonlyMap<string, State>) =>
    [...states].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    init: new Map(),
    step(states, input, output) {
      const name = partition(input);
      const [ok, next] = model.step(states.get(name) ?? model.init, input, output);
      return [ok, new Map(states).set(name, next)];
    },
    identity: (states) =>
      JSON.stringify(parts(states).map(([name, state]) => [name, model.identity(state)])),
    describe: model.describe,
    describeState: (states) =>
      parts(states)
        .map(([name, state]) => `${name}: ${model.describeState(state)}`)
        .join(', '),
  };
}
