import assert from 'node:assert/strict';
import { test } from 'vitest';
import { actorGroups } from '../../../runtime/inspector/page/model/actor-groups.ts';
import { eventOf } from '../../../runtime/inspector/page/model/payload.ts';
import { brief, duration, stateText } from '../../../runtime/inspector/page/model/words.ts';

test('durations are short and have a unit', () => {
  const said = [0.24, 5, 42.4, 999, 1_000, 1_250, 61_000, 7_200_000].map(duration);
  assert.deepEqual(said, ['0.2 ms', '5 ms', '42 ms', '999 ms', '1 s', '1.3 s', '1 min', '2 h']);
});

test('a state is told as people name it, side by side where it is several', () => {
  assert.equal(stateText('open'), 'open');
  assert.equal(stateText({ a: { b: 'c' } }), 'a.b.c');
  assert.equal(stateText({ office: 'fresh', reads: { idle: {} } }), 'office.fresh, reads.idle');
  assert.equal(stateText(null), '');
});

test('values are cut to a line', () => {
  assert.equal(brief({ a: 1 }), '{"a":1}');
  assert.equal(brief('x'.repeat(200), 10), '"xxxxxxxx…');
  assert.equal(brief(undefined), 'nothing');
});

test('what was typed is sent as it is, or what is wrong with it is said', () => {
  assert.deepEqual(eventOf('PAY', '{"cents": 5}').event, { cents: 5, type: 'PAY' });
  assert.deepEqual(eventOf('PAY', '  ').event, { type: 'PAY' });
  assert.deepEqual(eventOf('PAY', '{"type":"PAY"}').event, { type: 'PAY' });
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['', '{}', /Name the event/],
    ['xstate.init', '{}', /XState/],
    ['PAY', '{cents: 5}', /no JSON/],
    ['PAY', '[1]', /an object/],
    ['PAY', 'null', /an object/],
    ['PAY', '{"type":"SHIP"}', /chosen above/],
  ];
  for (const [type, fields, problem] of wrong) {
    const checked = eventOf(type, fields);
    assert.equal(checked.event, null);
    assert.match(checked.problem ?? '', problem);
  }
});

test('actors stand by node, the node first, its links in their order, charts alone', () => {
  const entry = (actor: string, kind: 'node' | 'link' | 'other', chart: string | null = 'c') =>
    ({ actor, kind, chart, parent: null, node: actor.split('/')[0] ?? '' }) as const;
  const entries = [
    entry('n1/link/n10', 'link'),
    entry('n1/link/n2', 'link'),
    entry('n1/clock', 'other', null),
    entry('n1', 'node'),
    entry('n2', 'node'),
  ];
  const listed = (search: string) =>
    actorGroups(['n1', 'n2'], entries, search).map(({ node, actors }) => [
      node,
      ...actors.map(({ label }) => label),
    ]);
  assert.deepEqual(listed(''), [
    ['n1', 'the node itself', 'link n2', 'link n10'],
    ['n2', 'the node itself'],
  ]);
  assert.deepEqual(listed('LINK/n2'), [['n1', 'link n2'], ['n2']]);
});
