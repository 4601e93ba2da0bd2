/** A trace is read back into the world that wrote it. */
import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { readTrace } from '../../../runtime/inspector/trace/trace.ts';
import { pictureOf } from '../../../runtime/inspector/trace/traced-pictures.ts';
import { traceViewer } from '../../../runtime/inspector/trace/trace-viewer.ts';
import type { FromNode } from '../../../runtime/inspector/protocol.ts';
import type { FromViewer } from '../../../runtime/inspector/question-protocol.ts';
import { World } from '../../world/world.ts';

const world = new World({ seed: 7, nodes: 3 });
const lines: string[] = [];
world.chronicle.reader = (line) => lines.push(line);

/** At a number of lines: what the nodes said of themselves then. */
type Moment = Readonly<{ step: number; said: ReadonlyMap<string, object | null> }>;

const said = (node: string): object | null => {
  if (!world.isUp(node)) return null;
  const { role, term, leader, lifecycle, lastIndex, commitIndex, appliedIndex } =
    world.statusOf(node);
  return { role, term, leader, lifecycle, lastIndex, commitIndex, appliedIndex };
};
const moments: Moment[] = [];
const remember = (): void => {
  const now = world.members.map((node) => [node, said(node)] as const);
  moments.push({ step: lines.length, said: new Map(now) });
};

for (const node of world.members) await world.start(node);
await world.settle(5_000);
remember();
const asked = world.propose('b');
await world.run(300);
assert.equal(asked.outcome?.end, 'committed');
remember();
const [leader = ''] = world.members.filter((node) => world.statusOf(node).role === 'leader');
world.crash(leader, 'process');
remember();
await world.run(3_000);
remember();
await world.start(leader);
await world.settle(5_000);
remember();

const text = lines.join('\n');
const trace = readTrace(text);
assert.ok(trace);

test('every line is a step, and every node is a member', () => {
  assert.equal(trace.lines.length, lines.length);
  assert.deepEqual(trace.members, world.members);
});

test.each(moments.map((moment, nth) => [nth, moment] as const))(
  'at moment %i the picture says what the nodes said of themselves',
  (_, { step, said: nodes }) => {
    const traced = trace.worldAt(step);
    for (const [name, expected] of nodes) {
      const picture = pictureOf(name, traced.nodes.get(name), traced.atMs);
      if (expected === null) assert.equal(picture.status, null);
      else expect(picture.status).toMatchObject(expected);
    }
  },
);

test('one can go to any step from any other', () => {
  const last = trace.worldAt(trace.lines.length);
  trace.worldAt(3);
  assert.deepEqual(trace.worldAt(trace.lines.length), last);
  assert.equal(trace.worldAt(0).nodes.size, 0);
});

test('what is no trace is none; a line that was cut off costs that line alone', () => {
  assert.equal(readTrace(''), null);
  assert.equal(readTrace('{"a":1}\n\u0000\u0001'), null);
  const damaged = readTrace(`${text}\n       9.000ms  a  is {"lifecycle":"Run`);
  assert.equal(damaged?.lines.length, lines.length + 1);
  assert.deepEqual(
    damaged.worldAt(lines.length + 1).nodes.get('a'),
    trace.worldAt(lines.length).nodes.get('a'),
  );
});

const viewer = traceViewer({ trace, name: 'seed-7', release: '1.0.0' });
const ask = (asking: FromViewer): readonly FromNode[] => viewer.hear(asking);
const ofType = <Type extends FromNode['type']>(told: readonly FromNode[], type: Type) =>
  told.filter((each): each is Extract<FromNode, { type: Type }> => each.type === type);

test('a viewer is welcomed with the world before the first step', () => {
  const told = viewer.welcome();
  const [welcome] = ofType(told, 'welcome');
  expect(welcome).toMatchObject({
    source: 'trace',
    members: world.members,
    trace: { name: 'seed-7', steps: lines.length },
  });
  assert.ok(ofType(told, 'cluster')[0]?.nodes.every(({ status }) => status === null));
});

test('seeking shows the cluster, its actors with their charts, and what is watched', () => {
  ask({ type: 'watch', actor: leader });
  const { step } = moments[0] as Moment;
  const told = ask({ request: 1, type: 'seek', step });
  assert.equal(ofType(told, 'sought')[0]?.step, step);
  const [cluster] = ofType(told, 'cluster');
  const seen = cluster?.nodes.find(({ node }) => node === leader);
  assert.equal(seen?.status?.role, 'leader');
  const actors = ofType(told, 'actors').find(({ node }) => node === leader);
  const kinds = new Set(actors?.added.map(({ kind }) => kind));
  assert.ok(kinds.has('node') && kinds.has('peer'), [...kinds].join());
  const charts = new Set(ofType(told, 'chart').map(({ key }) => key));
  assert.ok(charts.has('node') && charts.has('peer'));
  const [picture] = ofType(told, 'actor');
  assert.equal(picture?.actor, leader);
  assert.ok(picture.active.includes('node.role.leader.office.established'), picture.active.join());
});

test('charts are told once', () => {
  const again = ask({ request: 2, type: 'seek', step: (moments[1] as Moment).step });
  assert.deepEqual(
    ofType(again, 'chart').filter(({ key }) => key === 'node'),
    [],
  );
});

test('a step in which a watched actor takes an event says so', () => {
  const at = lines.findIndex((line) => line.includes(`${leader}  takes client.proposes`));
  const told = ask({ request: 3, type: 'seek', step: at + 1 });
  assert.equal(ofType(told, 'step')[0]?.event.type, 'client.proposes');
});

test('a crashed node is not reachable, and its actors are gone', () => {
  const told = ask({ request: 4, type: 'seek', step: (moments[2] as Moment).step });
  assert.equal(ofType(told, 'gone')[0]?.actor, leader);
  const node = ofType(told, 'cluster')[0]?.nodes.find((each) => each.node === leader);
  assert.equal(node?.unreachable, 'its process does not run');
});

test('lines come in pages, and can be searched', () => {
  const [first] = ofType(ask({ request: 5, type: 'lines', from: 1, limit: 3 }), 'lines');
  assert.deepEqual(
    first?.lines.map(({ step }) => step),
    [1, 2, 3],
  );
  assert.equal(first?.next, 4);
  const [crash] = ofType(ask({ request: 6, type: 'lines', from: 1, search: 'crashes' }), 'lines');
  assert.equal(crash?.lines.length, 1);
  assert.equal(crash?.next, null);
});

test('instances are as of the step that is shown', () => {
  ask({ request: 7, type: 'seek', step: lines.length });
  const [answer] = ofType(
    ask({ request: 8, type: 'instances', machine: 'lifecycle' }),
    'instances',
  );
  expect(answer).toMatchObject({ count: 1, instances: [{ key: 'cluster', value: 'Running' }] });
});

test('what only a node knows is refused with a remedy', () => {
  const [refused] = ofType(ask({ request: 9, type: 'log' }), 'refused');
  assert.equal(refused?.request, 9);
  assert.match(refused.message, /ask a node/);
});
