import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type AnyStateMachine, fromPromise } from 'xstate';
import { allRestart, type Fault, leaderCrashes, leaderPauses } from './faults.ts';
import { PatientWorld } from './patient-world.ts';
import { plain } from './seen.ts';
import { book, order, payment, stock } from './shop.ts';

const orders = ['o1', 'o2', 'o3'];

const machines: Readonly<Record<string, AnyStateMachine>> = {
  order,
  stock,
  book,
  payment: payment.provide({
    actors: {
      charge: fromPromise(async ({ input }) => {
        if (input.cents > 1_000) throw new Error('too dear');
        return `r-${input.order}`;
      }),
    },
  }),
};

type End = Readonly<{ views: Readonly<Record<string, unknown>>; beganMs: number; endedMs: number }>;

/** Three orders of which the first is too dear, and two things in stock. */
async function shop(fault?: Fault): Promise<End> {
  const world = new PatientWorld({ machines });
  await world.start();
  await world.settle();
  const beganMs = world.nowMs;
  const calmMs = fault?.(world) ?? 0;
  for (const name of orders) {
    const cents = name === 'o1' ? 5_000 : 500;
    const event = { type: 'PLACE', order: name, item: 'chair', cents };
    await world.insist(event, { machine: 'order', key: name });
  }
  for (const key of orders) {
    await world.until({ machine: 'order', key }, ({ status }) => status === 'done');
  }
  const endedMs = world.nowMs;
  await world.run(Math.max(0, calmMs - world.nowMs));
  await world.calmDown();
  const isOver = (): boolean => {
    const leader = world.leader();
    return (
      leader !== null && world.isSettled() && world.core(leader).replica.agenda.effects.size === 0
    );
  };
  await world.runUntil(isOver, 30_000);

  const seenBy = (node: string) =>
    Object.fromEntries(
      ['stock/chair', 'book/all', ...orders.flatMap((key) => [`order/${key}`, `payment/${key}`])]
        .map((name) => name.split('/') as [string, string])
        .map(([machine, key]) => [
          `${machine}/${key}`,
          plain(world.service(node).peek(machine, key)?.view),
        ]),
    );
  const [views = {}, ...others] = world.members.map(seenBy);
  for (const other of others) assert.deepEqual(other, views);
  return { views, beganMs, endedMs };
}

/** Whatever befell the nodes: who got the last chair may differ, nothing else. */
function checkAll({ views }: End): void {
  const at = (name: string) =>
    views[name] as { value: string; context: Record<string, unknown> } | undefined;
  const paid = orders.filter((key) => at(`order/${key}`)?.value === 'paid');
  assert.ok(!paid.includes('o1'), 'what was too dear was not paid');
  const moves = at('stock/chair')?.context.moves as string[];
  const lines = at('book/all')?.context.lines as Record<string, string[]>;
  for (const key of orders) {
    const own = moves.filter((move) => move.startsWith(key));
    const isReserved = own.length > 0;
    const isPaid = paid.includes(key);
    assert.deepEqual(own, isPaid ? [`${key} -1`] : isReserved ? [`${key} -1`, `${key} 1`] : []);
    assert.equal(at(`payment/${key}`)?.context.charges, isReserved ? 1 : undefined);
    const expected = [
      '1 placed',
      '2 placed',
      ...(isReserved ? ['3 reserved'] : []),
      ...(isPaid ? ['4 ended'] : isReserved ? ['4 ended', '5 ended'] : ['3 ended', '4 ended']),
    ];
    assert.deepEqual(lines[key], expected, 'once each, and in order');
  }
  assert.equal(at('stock/chair')?.context.left, 2 - paid.length);
}

test('what instances send to each other arrives once and in order', async () => {
  const calm = await shop();
  checkAll(calm);
  assert.equal((calm.views['order/o1'] as { value: string }).value, 'cancelled');
});

const faults: Readonly<Record<string, [(momentMs: number) => Fault, everyMs: number]>> = {
  'the leader crashes': [leaderCrashes, 1],
  'all nodes restart': [allRestart, 3],
  'the leader stands still': [leaderPauses, 3],
};

for (const [what, [fault, everyMs]] of Object.entries(faults)) {
  test(`likewise where ${what}, whenever that is`, async () => {
    const { beganMs, endedMs } = await shop();
    for (let ms = beganMs + 0.5; ms < endedMs; ms += everyMs) {
      checkAll(await shop(fault(ms)));
    }
  }, 120_000);
}
