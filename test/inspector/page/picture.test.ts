import assert from 'node:assert/strict';
import { test } from 'vitest';
import type {
  ActorStep,
  NodePicture,
  NodeStatusPicture,
  ProposalsPicture,
} from '../../../runtime/inspector/protocol.ts';
import { blank, forget, see, type Told } from '../../../runtime/inspector/page/model/picture.ts';

const seeAll = (...messages: readonly Told[]) =>
  messages.reduce((picture, message, nth) => see(picture, message, nth * 10), blank);

const status: NodeStatusPicture = {
  role: 'follower',
  roleDetail: 'follower.heeding',
  term: 1,
  leader: null,
  lifecycle: 'Running',
  firstIndex: 1,
  lastIndex: 1_000,
  commitIndex: 1_000,
  appliedIndex: 1_000,
  proposalsInFlight: 0,
  quarantined: null,
  release: '1.0.0',
  links: [],
  peers: null,
};

function cluster(
  node: string,
  changes: Partial<NodeStatusPicture>,
  unreachable: string | null = null,
): Told {
  const picture: NodePicture = { node, unreachable, atMs: 5, status: { ...status, ...changes } };
  return { type: 'cluster', nodes: [picture] };
}

const sentences = (...messages: readonly Told[]): readonly string[] =>
  seeAll(...messages)
    .happenings.map(({ sentence }) => sentence)
    .toReversed();

test('the first picture is no news', () => {
  assert.deepEqual(sentences(cluster('n1', { role: 'leader' })), []);
});

test('an election is told from the first question to the new leader', () => {
  assert.deepEqual(
    sentences(
      cluster('n2', {}),
      cluster('n2', { role: 'pre-candidate' }),
      cluster('n2', { role: 'candidate', term: 2 }),
      cluster('n2', { role: 'leader', term: 2 }),
      cluster('n2', { role: 'leader', term: 2 }),
      cluster('n2', { role: 'follower', term: 3 }),
    ),
    [
      'n2 asks who would vote for it',
      'n2 stands for election in term 2',
      'n2 became leader of term 2',
      'n2 leads no more',
    ],
  );
});

test('a leader of two terms in a row became leader twice', () => {
  assert.deepEqual(
    sentences(
      cluster('n2', { role: 'leader', term: 2 }),
      cluster('n2', { role: 'leader', term: 4 }),
    ),
    ['n2 became leader of term 4'],
  );
});

test('a link that is cut, and made again; between two states of a good link nothing is told', () => {
  const link = (state: string, trouble: string | null = null): Told =>
    cluster('n1', { links: [{ peer: 'n3', state, trouble }] });
  assert.deepEqual(
    sentences(
      link('open.heard'),
      link('open.asking'),
      link('apart.waiting', 'it fell silent'),
      link('dialing.calling'),
      link('open.heard'),
    ),
    ['n1 lost its link to n3: it fell silent', 'n1 is connected to n3'],
  );
});

test('a follower that lags is told once, and that it caught up only if it had been told', () => {
  const match = (matchIndex: number): Told =>
    cluster('n1', { role: 'leader', peers: [{ peer: 'n3', matchIndex, state: null }] });
  assert.deepEqual(
    sentences(match(1_000), match(900), match(990), match(400), match(300), match(800), match(999)),
    ['n3 is 600 entries behind', 'n3 caught up'],
  );
});

test('a node that cannot be reached, and can again', () => {
  assert.deepEqual(
    sentences(
      cluster('n3', {}),
      cluster('n3', {}, 'it does not answer'),
      cluster('n3', {}, 'it does not answer'),
      cluster('n3', {}),
    ),
    ['n3 cannot be reached: it does not answer', 'n3 can be reached'],
  );
});

test('a node of which nothing was known yet is no news when it answers', () => {
  const unknown: Told = {
    type: 'cluster',
    nodes: [{ node: 'n3', unreachable: 'nothing heard yet', atMs: 0, status: null }],
  };
  assert.deepEqual(sentences(unknown, cluster('n3', {})), []);
});

test('a picture of one node leaves the others as they were', () => {
  const picture = seeAll(cluster('n1', {}), cluster('n2', { term: 7 }));
  assert.deepEqual([...picture.nodes.keys()], ['n1', 'n2']);
});

const entry = (actor: string) => ({ actor, kind: 'link', parent: null, chart: 'link' }) as const;

test('all actors of a node replace its former ones, and no other node’s', () => {
  const picture = seeAll(
    { type: 'actors', node: 'n1', isAll: true, added: [entry('n1'), entry('n1/x')], removed: [] },
    { type: 'actors', node: 'n2', isAll: true, added: [entry('n2')], removed: [] },
    { type: 'actors', node: 'n1', isAll: true, added: [entry('n1')], removed: [] },
    { type: 'actors', node: 'n2', isAll: false, added: [entry('n2/y')], removed: ['n2'] },
  );
  assert.deepEqual([...picture.actors.keys()].toSorted(), ['n1', 'n2/y']);
});

const stand = { status: 'active', value: 'open', active: ['o.open'], timers: [] } as const;
const stepTo = (cents: number, skipped = 0): ActorStep => ({
  type: 'step',
  actor: 'n1/a',
  skipped,
  atMs: cents,
  event: { type: 'PAY' },
  explanation: { microsteps: [], refusals: [], unmentioned: false },
  ...stand,
  context: { cents },
});

test('each step shows what it changed against the one before, and counts those left out', () => {
  const picture = seeAll(
    { type: 'actor', actor: 'n1/a', chart: 'order', ...stand, context: { cents: 1 } },
    stepTo(2),
    stepTo(7, 4),
  );
  const seen = picture.seen.get('n1/a');
  assert.deepEqual(seen?.differences, [{ path: 'context.cents', before: 2, after: 7 }]);
  assert.deepEqual(
    seen.steps.map(({ atMs }) => atMs),
    [7, 2],
  );
  assert.deepEqual([seen.stepCount, seen.skippedCount, seen.heardAtMs], [6, 4, 20]);
});

test('an actor that is gone is kept as it was last, with the reason', () => {
  const picture = seeAll(
    { type: 'actor', actor: 'n1/a', chart: 'order', ...stand, context: {} },
    { type: 'gone', actor: 'n1/a', reason: 'it is done' },
  );
  const seen = picture.seen.get('n1/a');
  assert.equal(seen?.gone, 'it is done');
  assert.equal(seen.stand?.value, 'open');
  assert.equal(forget(picture, 'n1/a').seen.size, 0);
});

test('memory of one actor is bounded', () => {
  const picture = seeAll(...Array.from({ length: 1_000 }, (_, nth) => stepTo(nth)));
  assert.equal(picture.seen.get('n1/a')?.steps.length, 200);
  assert.equal(picture.seen.get('n1/a')?.stepCount, 1_000);
});

test('rates are over the last pictures, sums since the page began to look', () => {
  const proposals = (committed: number): ProposalsPicture => ({
    type: 'proposals',
    node: 'n1',
    inFlight: 0,
    listed: [],
    isSample: false,
    ended: { committed, refused: 0, unknown: 1, withinMs: 250 },
    latency: { count: 0, p50Ms: null, p99Ms: null, buckets: [] },
    unknowns: [],
  });
  const seen = seeAll(proposals(100), proposals(300)).proposals.get('n1');
  assert.equal(seen?.perSecond, 800);
  assert.deepEqual(seen.ended, { committed: 400, refused: 0, unknown: 2 });
});

test('what was left out is added up, and an unknown message changes nothing', () => {
  const picture = seeAll({ type: 'dropped', count: 3 }, { type: 'dropped', count: 4 });
  assert.equal(picture.dropped, 7);
  assert.equal(see(picture, { type: 'of a later version' } as unknown as Told, 0), picture);
});
