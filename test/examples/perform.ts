/** One run of an example on a cluster, with something that befalls it, and all that must hold of it. */
import assert from 'node:assert/strict';
import type { AnyStateMachine } from 'xstate';
import { decodeCommand } from '../../runtime/command-codec.ts';
import { type Alone, playAlone, type Span, type Taken } from './alone.ts';
import { clusterOf, type ExampleCluster, type Step } from './cluster.ts';
import { type Act, doorsBefore } from './doors.ts';
import type { Example } from './example.ts';
import type { Fault } from './faults.ts';
import { plain } from './seen.ts';

export type Performance = Readonly<{
  cluster: ExampleCluster;
  alone: Alone;
  last: Step;
  /** How many leaders there were. */
  term: number;
  /**
   * In simulated time, the middle of every delay, and of every stay of what was invoked: of those
   * alike the first and the last.
   */
  middles: readonly Middle[];
}>;

type Middle = Readonly<{ what: string; atMs: number }>;

export async function perform(example: Example, fault?: Fault): Promise<Performance> {
  const cluster = clusterOf(example);
  const { world, user } = cluster;
  await world.start();
  await world.settle();
  const calmMs = fault?.(world) ?? 0;
  await example.story(user);
  await world.run(Math.max(0, calmMs - world.nowMs));
  await cluster.finish();

  const [first] = livesToTheEnd(cluster);
  assert.ok(first, 'a node is up');
  const last = first.steps.at(-1);
  assert.ok(last, 'something happened');
  const alone = await playAlone(example, takenBy(cluster, first.steps));
  compare(example, cluster, alone);
  compareActs(example, cluster, alone, fault === undefined);
  compareRuns(cluster, alone, fault === undefined);
  const term = Math.max(...world.members.map((node) => world.statusOf(node).term));
  return { cluster, alone, last, term, middles: middlesOf(cluster, alone) };
}

/** The latest process of each node. */
const livesToTheEnd = ({ lives, world }: ExampleCluster) =>
  world.members.flatMap((node) => lives.findLast((life) => life.node === node) ?? []);

function takenBy({ log }: ExampleCluster, steps: readonly Step[]): Taken[] {
  const entries = log();
  return steps.map(({ index, invoked }): Taken => {
    const entry = entries[index - 1];
    const command = entry && decodeCommand(entry.payload);
    assert.ok(entry && command, `the log has what was applied at ${index}`);
    const begun = invoked.filter(({ effect }) => effect.startsWith(`${index}.`));
    const what = 'chore' in command ? command.chore : command;
    return { index, timeMs: entry.timeMs, what, begun };
  });
}

/** Every node, in each of its lives, after every entry. */
function compare(example: Example, { lives }: ExampleCluster, { stands }: Alone): void {
  const machine: AnyStateMachine = example.machine(
    doorsBefore({ began() {}, heard() {}, acted() {} }),
  );
  for (const { node, number, steps } of lives) {
    for (const [place, step] of steps.entries()) {
      const stand = stands[place];
      assert.ok(stand, `${node} took no more than what is in the log`);
      const { value, context } = step.view;
      const { tags } = machine.resolveState({ value: value as never, context });
      const { index, accepted, seen, emitted, deadlines, invoked } = step;
      const theirs = { index, seen, emitted, deadlines, tags: [...tags].toSorted() };
      const ours = {
        index: stand.index,
        seen: stand.seen,
        emitted: stand.emitted,
        deadlines: stand.deadlines,
        tags: stand.tags,
      };
      const where = `${node}, process ${number}, at ${index} (${step.event.type})`;
      assert.deepEqual(theirs, ours, where);
      if (stand.could !== null) assert.equal(accepted, stand.could, `${where}: accepted`);
      assert.deepEqual(
        invoked.map(({ effect }) => effect),
        stand.invoked,
        `${where}: what runs`,
      );
    }
  }
}

function compareActs(
  { replication }: Example,
  cluster: ExampleCluster,
  alone: Alone,
  isCalm: boolean,
): void {
  if (isCalm) {
    assert.deepEqual(cluster.acts.map(told), alone.acts.map(told), 'custom actions');
    return;
  }
  const isOnce = ({ name }: Act): boolean => replication?.effects?.[name] === 'at-most-once';
  const often = alone.acts.filter((act) => !isOnce(act)).map(told);
  const oftenDone = cluster.acts.filter((act) => !isOnce(act)).map(told);
  assert.deepEqual(firstTimes(oftenDone, often), often, 'actions to be done at least once');

  const left = alone.acts.filter(isOnce).map(told);
  for (const done of cluster.acts.filter(isOnce).map(told)) {
    const at = left.indexOf(done);
    assert.ok(at >= 0, `an action to be done at most once was done twice: ${done}`);
    left.splice(at, 1);
  }
}

function compareRuns(cluster: ExampleCluster, alone: Alone, isCalm: boolean): void {
  const policies = new Map(
    cluster.lives.flatMap(({ steps }) =>
      steps.flatMap(({ invoked }) =>
        invoked.map(({ effect, isOnce }) => [effect, isOnce] as const),
      ),
    ),
  );
  for (const { effect, name, isLeft, received } of alone.runs) {
    if (effect === '') continue;
    const runs = cluster.runs.filter((run) => run.effect === effect);
    if (policies.get(effect) === true) {
      assert.ok(runs.length <= 1, `${name} ran ${runs.length} times, at most once was asked for`);
      continue;
    }
    // What the chart left soon need not have been begun by anybody.
    if (!isLeft) assert.ok(runs.length >= 1, `${name} (${effect}) was run`);
    if (!isCalm) continue;
    assert.equal(runs.length, 1, `${name} (${effect}) ran once`);
    assert.equal(runs[0]?.isLeft, isLeft, `${name} (${effect}) was left`);
    assert.deepEqual(runs[0]?.received, received, `what was sent to ${name}`);
  }
}

const told = ({ name, params, event }: Act): string => JSON.stringify(plain([name, params, event]));

/** Less what was done again: each new leader begins with whatever was not known to be done. */
function firstTimes(done: readonly string[], expected: readonly string[]): readonly string[] {
  const first: string[] = [];
  for (const each of done) {
    const isNew = each === expected[first.length];
    if (isNew || !first.includes(each)) first.push(each);
  }
  return first;
}

function middlesOf({ appliedMs, world }: ExampleCluster, { delays, stays }: Alone): Middle[] {
  const at = (index: number | null): number =>
    (index === null ? undefined : appliedMs.get(index)) ?? world.nowMs;
  const middle = ({ what, from, until }: Span): Middle => ({
    what,
    atMs: (at(from) + at(until)) / 2,
  });
  const spans = [...delays, ...stays];
  return [...new Set(spans.map(({ what }) => what))].flatMap((kind) => {
    const alike = spans.filter(({ what }) => what === kind);
    return [...new Set([alike[0], alike.at(-1)])].flatMap((span) => (span ? [middle(span)] : []));
  });
}
