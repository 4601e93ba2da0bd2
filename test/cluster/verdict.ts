/** Every acknowledged event is there once, in one order, on all nodes. */
import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';
import type { Acknowledged } from './writers.ts';

type Ledger = Readonly<{
  snapshot: Readonly<{ context: Readonly<{ values: readonly string[] }> }>;
}>;

export async function assertNothingLost(
  cluster: Cluster,
  acknowledged: readonly Acknowledged[],
  keys: readonly string[],
): Promise<void> {
  await cluster.converged();
  for (const key of keys) {
    const ledgers = await Promise.all(
      cluster.nodes
        .filter((node) => node.process !== null)
        .map(
          async (node) =>
            ((await cluster.local(node, 'ledger', key)) as Ledger).snapshot.context.values,
        ),
    );
    const [values = []] = ledgers;
    for (const other of ledgers)
      assert.deepEqual(other, values, `all nodes hold the same in ${key}`);
    assert.equal(new Set(values).size, values.length, `nothing is in ${key} twice`);

    const inOrder = acknowledged
      .filter((event) => event.key === key)
      .toSorted((a, b) => a.index - b.index)
      .map(({ value }) => value);
    const known = new Set(inOrder);
    assert.deepEqual(
      values.filter((value) => known.has(value)),
      inOrder,
      `everything acknowledged is in ${key}, in the order of its index`,
    );
  }
}
