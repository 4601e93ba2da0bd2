/**
 * A proposal on its way from its client into the log and back, and everything that can happen to
 * it at each stage of that.
 */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import type { Asking } from '../world/clients.ts';
import { keepNothing } from '../../runtime/storage/power-cut.ts';
import type { World } from '../world/world.ts';
import { settled } from './settled.ts';

type Cluster = Awaited<ReturnType<typeof settled>>;

/** Whether the one proposal of this test has come so far. */
type Stage = (cluster: Cluster, heard: ReadonlySet<string>, lastBefore: number) => boolean;

const stages: Readonly<Record<string, Stage>> = {
  asked: () => true,
  'handed on': (_, heard) => heard.has('forward'),
  'in the log of the leader': ({ world, leader }, _, lastBefore) =>
    world.statusOf(leader).lastIndex > lastBefore,
  'sent to the others': (_, heard) => heard.has('append'),
  'on the disk of one more': (_, heard) => heard.has('appendAccepted'),
  committed: ({ world, leader }, _, lastBefore) => world.statusOf(leader).commitIndex > lastBefore,
};

/** What happens then. `asker` is the node that its client asked. */
const mishaps: Readonly<Record<string, (cluster: Cluster, asker: string) => void | Promise<void>>> =
  {
    'its time is up'({ world, leader }, asker) {
      world.isolate(asker === leader ? leader : asker);
    },
    'the leader loses power': ({ world, leader }) => world.crash(leader, keepNothing),
    'the leader is deposed': ({ world, leader }) => world.isolate(leader),
    'the leader hands over': ({ world, leader }) => world.transfer(leader),
    async 'the connection is reset'({ world, leader, one }, asker) {
      world.cut(asker, asker === leader ? one : leader);
      await world.run(2_500);
      world.heal();
    },
    'the asker stops': ({ world }, asker) => world.stop(asker),
  };

const isApplied = (world: World, { proposalId }: Asking): boolean =>
  [...world.witness.applied.keys()].some((id) => id === proposalId);

for (const [mishap, happen] of Object.entries(mishaps)) {
  // Catches: "refused" said of what was applied after all, "committed" of what was not, a client
  // that is never answered.
  test(`#43 “Failed” means failed, at every stage: ${mishap} (Jepsen redis-raft and Redpanda, openraft)`, async () => {
    for (const role of ['leader', 'follower'] as const) {
      for (const [stage, hasCome] of Object.entries(stages)) {
        if (role === 'leader' && stage === 'handed on') continue;
        const cluster = await settled({ seed: stage.length });
        const { world, leader, one } = cluster;
        const asker = role === 'leader' ? leader : one;
        const heard = new Set<string>();
        world.onSent = (_, __, message) => {
          const isAbout = message.kind !== 'append' || message.entries.length > 0;
          if (isAbout) heard.add(message.kind);
        };
        const lastBefore = world.statusOf(leader).lastIndex;
        const asking = world.propose(asker, undefined, { timeoutMs: 1_500 });
        await world.runUntil(() => hasCome(cluster, heard, lastBefore), 50);
        await happen(cluster, asker);
        await world.run(limits.leaderlessPatienceMs + 1_000);
        const { outcome } = asking;
        const where = `${role}, ${stage}`;
        assert.ok(asking.isLost || outcome !== null, `${where}: it is answered`);
        // Whoever is up again and connected agrees, and the witness compares it with what was told.
        await world.calmDown();
        if (outcome?.end === 'refused') assert.ok(!isApplied(world, asking), where);
        if (outcome?.end === 'committed') assert.ok(isApplied(world, asking), where);
      }
    }
  });
}

// Catches: "unknown" for everything: an error that helps nobody.
test('#43 “Failed” means failed: what nobody was ever handed is refused, by name (openraft, error handling semantics)', async () => {
  const { world, one, two } = await settled();
  world.isolate(one);
  // Nobody leads here any more, as far as it knows.
  await world.runUntil(() => world.statusOf(one).leader === null, 3_000);
  const asking = world.propose(one, undefined, { timeoutMs: 20_000 });
  const elsewhere = world.propose(two);
  await world.run(limits.leaderlessPatienceMs + 100);
  assert.ok(asking.outcome?.end === 'refused' && asking.outcome.code === 'no-leader');
  assert.equal(elsewhere.outcome?.end, 'committed');
  await world.calmDown();
  assert.ok(!isApplied(world, asking));
});
