/** Why a history is not linearizable, for people. */
import type { Operation } from './history.ts';
import type { Model } from './model.ts';
import type { Obstacle } from './search.ts';

/** What matters is near the end. */
const shownMax = 12;

export function reportOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  partition: string,
  operations: readonly Operation<Input, Output>[],
  { prefix, stuck }: Obstacle<Input, Output>,
): string {
  const line = ({ client, input, output, calledAt, returnedAt }: Operation<Input, Output>) => {
    const until = returnedAt === Infinity ? 'never returned' : `returned at ${returnedAt}`;
    return `client ${client}: ${model.describe(input, output)} (called at ${calledAt}, ${until})`;
  };
  const some = (mark: string, list: readonly Operation<Input, Output>[]): string[] => {
    const shown = list.slice(-shownMax).map((each) => `  ${mark} ${line(each)}`);
    const hidden = list.length - shown.length;
    return hidden === 0 ? shown : [`    … ${hidden} before`, ...shown];
  };

  const state = prefix.reduce(
    (from, { input, output }) => model.step(from, input, output)[1],
    model.init,
  );
  const placed = new Set(prefix);
  const meanwhile = operations.filter(
    (each) => each !== stuck && !placed.has(each) && each.calledAt < stuck.returnedAt,
  );
  const where = partition === '' ? '' : ` in ${partition}`;
  return [
    `Not linearizable${where}: no order of the operations explains this answer.`,
    `  ✗ ${line(stuck)}`,
    `The longest order before it has ${prefix.length} of ${operations.length} operations:`,
    ...some('✓', prefix),
    `  = ${model.describeState(state)}`,
    ...(meanwhile.length > 0 ? ['Under way at that time, and of no help:'] : []),
    ...some('?', meanwhile),
  ].join('\n');
}
